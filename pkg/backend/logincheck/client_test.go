package logincheck

import (
	"context"
	"net/netip"
	"testing"

	"tpops/pkg/pop3"
)

// attempted is a user of a database that decides by the client, as that of Dovecot does.
type attempted struct{ got pop3.Attempt }

// Known implements auth.User.
func (*attempted) Known() bool { return true }

// Authenticate implements auth.User.
func (a *attempted) Authenticate(_ context.Context, try pop3.Attempt) (*pop3.Account, error) {
	a.got = try
	return &pop3.Account{Name: try.Login}, nil
}

// TestClient checks that a database gets the client that the operator has named.
func TestClient(t *testing.T) {
	password := "topsecret"
	for _, address := range []netip.Addr{netip.MustParseAddr("192.0.2.1"), netip.MustParseAddr("2001:db8::1"), {}} {
		user := &attempted{}
		r := &run{
			Checker: newSite(t).checker(t), ctx: t.Context(), name: "ann", report: &Report{},
			question: &Question{User: "ann", Address: address, Password: &password},
		}
		if err := r.try(user); err != nil {
			t.Fatal(err)
		}
		client := user.got.Client
		if client == nil || client.Remote.Addr() != address || client.Password != "" {
			t.Errorf("%v: %+v", address, client)
		}
	}
}
