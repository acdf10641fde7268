package mysql

import (
	"errors"
	"testing"

	"tpops/pkg/auth"
	"tpops/pkg/password"
	"tpops/pkg/pop3"
	"tpops/pkg/scram"
)

func TestReach(t *testing.T) {
	tests := []struct {
		crypt         string
		secret, scram auth.Reach
	}{{"no", auth.ForAll, auth.ForAll}, {"yes", auth.ForNone, auth.ForSome}, {"crypt", auth.ForNone, auth.ForNone}, {"sha", auth.ForNone, auth.ForNone}}
	for _, tt := range tests {
		m, err := New(Options{Crypt: tt.crypt, Verifier: password.NewVerifier()})
		if err != nil {
			t.Fatal(err)
		}
		if m.SecretReach() != tt.secret || m.SCRAMReach(scram.SHA256) != tt.scram {
			t.Errorf("%s: %v, %v", tt.crypt, m.SecretReach(), m.SCRAMReach(scram.SHA256))
		}
		// No user can have a name that no table can contain.
		keys, admit, err := alone(m).SCRAMKeys(t.Context(), pop3.Attempt{Login: "\x00"}, scram.SHA1)
		if err != nil || keys.Iterations != scram.MinIterations {
			t.Fatalf("%s: %+v, %v", tt.crypt, keys, err)
		}
		if _, err := admit(true); !errors.Is(err, auth.ErrNoUser) || keys.Fits("x") {
			t.Errorf("%s: %v", tt.crypt, err)
		}
		if _, err := alone(m).Lookup(t.Context(), "\x00"); !errors.Is(err, pop3.ErrAuth) {
			t.Errorf("%s: %v", tt.crypt, err)
		}
		_ = m.Close()
	}
}

// alone returns a sequence with only this database.
func alone(m *Database) *auth.Sequence { return auth.NewSequence(m.verifier, m) }
