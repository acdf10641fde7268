package auth

import (
	"context"
	"errors"
	"testing"

	"tpops/pkg/password"
	"tpops/pkg/pop3"
	"tpops/pkg/scram"
)

// oneRow is a database that finds its one row under any name.
type oneRow struct {
	Database
	row *Row
	v   *password.Verifier
}

func (d oneRow) Find(context.Context, string) (User, error) {
	return ClearUser{KeyUser{
		RowUser: RowUser{Row: d.row, Compare: d.row.Password, Kind: "rows", Verifier: d.v},
		Login:   d.row.Account.Name,
		Decoy:   func(scram.Hash) password.Stored { return password.NoKeys() },
	}}, nil
}

// An error has the name in the row, for each way to log in. A lookup finds the row only
// by its exact name, and does not count against its user.
func TestRowName(t *testing.T) {
	d := oneRow{row: NewRow("ann"), v: password.NewVerifier()}
	d.row.Password, d.row.Usable = password.Stored{Scheme: "PLAIN", Data: "open sesame"}, true
	s := NewSequence(d.v, d, d)
	name := func(err error) string {
		var about *pop3.UserError
		if !errors.Is(err, pop3.ErrAuth) || !errors.As(err, &about) {
			return ""
		}
		return about.Name
	}
	_, plain := s.Authenticate(t.Context(), pop3.Attempt{Login: "\u00e1nn", Password: "wrong"})
	_, digest := s.AuthenticateDigest(t.Context(), "\u00e1nn", "<x@y>", "00")
	_, admit, err := s.SCRAMKeys(t.Context(), pop3.Attempt{Login: "\u00e1nn"}, scram.SHA256)
	if err != nil {
		t.Fatal(err)
	}
	_, proof := admit(false)
	for way, err := range map[string]error{"password": plain, "digest": digest, "SCRAM": proof} {
		if got := name(err); got != "ann" {
			t.Errorf("%s: about %q: %v", way, got, err)
		}
	}
	for login, in := range map[string]bool{"ann": true, "ANN": true, "\u00e1nn": false, "ann ": false, "": false} {
		account, err := s.Lookup(t.Context(), login)
		if (account != nil) != in || !in && (!errors.Is(err, pop3.ErrAuth) || name(err) != "") {
			t.Errorf("lookup of %q: %v, %v", login, account, err)
		}
	}
}
