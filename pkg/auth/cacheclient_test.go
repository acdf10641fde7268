package auth_test

import (
	"context"
	"net/netip"
	"testing"
	"time"

	"tpops/pkg/auth"
	"tpops/pkg/pop3"
)

// nets accepts logins from one address, like a database that knows the networks of its
// users.
type nets struct {
	from  netip.Addr
	asked int
}

func (n *nets) Authenticate(_ context.Context, a pop3.Attempt) (*pop3.Account, error) {
	n.asked++
	if a.Client.Remote.Addr() != n.from || a.Password != "open sesame" {
		return nil, pop3.ErrAuth
	}
	return &pop3.Account{Name: "ann", Maildrop: "/home/ann"}, nil
}

// TestCachePerClient checks that a login from one address is not one from another, and
// does not end the entry of the first.
func TestCachePerClient(t *testing.T) {
	home, other := netip.MustParseAddrPort("192.0.2.1:5"), netip.MustParseAddrPort("192.0.2.2:5")
	users := &nets{from: home.Addr()}
	cache := auth.NewCache(auth.CacheOptions{Users: users, Time: time.Hour, Size: 10, PerClient: true})
	for i, tt := range []struct {
		client pop3.Client
		in     bool
		asked  int
	}{
		{pop3.Client{Remote: home}, true, 1},
		{pop3.Client{Remote: netip.AddrPortFrom(home.Addr(), 6)}, true, 1},
		{pop3.Client{Remote: other}, false, 2},
		{pop3.Client{Remote: home}, true, 2},
		{pop3.Client{Remote: home, TLS: true}, true, 3},
	} {
		account, err := cache.Authenticate(t.Context(), pop3.Attempt{Login: "ann", Password: "open sesame", Client: &tt.client})
		if (account != nil) != tt.in || users.asked != tt.asked {
			t.Errorf("login %d: %v, %v, asked %d times", i, account, err, users.asked)
		}
	}
}
