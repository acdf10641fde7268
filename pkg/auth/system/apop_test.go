package system

import (
	"crypto/md5"
	"encoding/hex"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"tpops/pkg/auth"
	"tpops/pkg/auth/secrets"
	"tpops/pkg/password"
	"tpops/pkg/pop3"
	"tpops/pkg/scram"
)

func TestPasswdAPOP(t *testing.T) {
	const challenge = "<1@host>"
	passwd, config := testFiles(t)
	file := filepath.Join(filepath.Dir(config.Passwd), "apop")
	apop := NewPasswdAPOP(passwd, file)
	digest := func(password string) string {
		sum := md5.Sum([]byte(challenge + password))
		return hex.EncodeToString(sum[:])
	}
	if _, err := alone(apop).AuthenticateDigest(t.Context(), "alice", challenge, digest("other")); errors.Is(err, pop3.ErrAuth) || err == nil {
		t.Error("no file:", err)
	}
	if err := apop.Check(); !errors.Is(err, fs.ErrNotExist) {
		t.Error("Check:", err)
	}
	for _, secret := range []string{"other", "another"} {
		err := secrets.Edit(file, func(all map[string]string) error {
			all["alice"], all["mallory"], all["nohome"], all["root"] = secret, secret, secret, secret
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
		if _, err := alone(apop).AuthenticateDigest(t.Context(), "alice", challenge, digest(secret)); err != nil {
			t.Error(err)
		}
	}
	tests := []struct {
		name, login, password string
		want                  error
	}{
		{"password of the system, not of the file", "alice", testPassword, auth.ErrWrongPassword},
		{"password of an unknown user", "mallory", "another", auth.ErrNoUser},
		{"user without a secret", "here", "another", auth.ErrNoSecret},
		{"user without a secret, empty", "here", "", auth.ErrNoSecret},
		{"root", "root", "another", errRoot},
		{"neither", "carol", "", auth.ErrNoUser},
	}
	for _, test := range tests {
		_, err := alone(apop).AuthenticateDigest(t.Context(), test.login, challenge, digest(test.password))
		if !errors.Is(err, pop3.ErrAuth) || !errors.Is(err, test.want) {
			t.Errorf("%s: %v, want %v", test.name, err, test.want)
		}
	}
	// As with PASS, only a client with the right password gets the other code.
	for password, want := range map[string]error{"another": pop3.ErrPermanent, "other": pop3.ErrAuth} {
		if _, err := alone(apop).AuthenticateDigest(t.Context(), "nohome", challenge, digest(password)); !errors.Is(err, want) {
			t.Errorf("no home: %v, want %v", err, want)
		}
	}
	if err := os.Chmod(file, 0o644); err != nil {
		t.Fatal(err)
	}
	if err := apop.Check(); err == nil || !strings.Contains(err.Error(), "0644") {
		t.Error("Check:", err)
	}
}

func TestPasswdAPOPSCRAM(t *testing.T) {
	passwd, config := testFiles(t)
	file := filepath.Join(filepath.Dir(config.Passwd), "apop")
	apop := NewPasswdAPOP(passwd, file)
	if _, _, err := alone(apop).SCRAMKeys(t.Context(), pop3.Attempt{Login: "alice"}, scram.SHA1); err == nil || errors.Is(err, pop3.ErrAuth) {
		t.Error("no file:", err)
	}
	err := secrets.Edit(file, func(all map[string]string) error {
		all["alice"], all["mallory"], all["root"] = "other", "other", "other"
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	tests := []struct {
		login, password string
		own             bool
		want            error
	}{
		{"alice", "other", true, nil},
		{"alice", testPassword, false, nil},
		{"mallory", "other", false, auth.ErrNoUser},
		{"here", "", false, auth.ErrNoKeys},
		{"root", "other", true, errRoot},
		{"carol", "x", false, auth.ErrNoUser},
	}
	for _, tt := range tests {
		keys, admit, err := alone(apop).SCRAMKeys(t.Context(), pop3.Attempt{Login: tt.login}, scram.SHA256)
		if err != nil {
			t.Fatal(err)
		}
		if keys.Fits(tt.password) != tt.own {
			t.Errorf("%s: the keys do not match %s", tt.login, tt.password)
		}
		if _, err := admit(true); !errors.Is(err, tt.want) {
			t.Errorf("%s: %v, want %v", tt.login, err, tt.want)
		}
	}
}

// alone returns a sequence with only this database.
func alone(d auth.Database) *auth.Sequence { return auth.NewSequence(password.NewVerifier(), d) }
