package auth

import (
	"crypto/md5"
	"encoding/hex"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"tpops/pkg/auth/secrets"
	"tpops/pkg/pop3"
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
	if _, err := apop.AuthenticateDigest(t.Context(), "alice", challenge, digest("other")); errors.Is(err, pop3.ErrAuth) || err == nil {
		t.Error("no file:", err)
	}
	if err := apop.Check(); !errors.Is(err, fs.ErrNotExist) {
		t.Error("Check:", err)
	}
	for _, password := range []string{"other", "another"} {
		err := secrets.Edit(file, func(all map[string]string) error {
			all["alice"], all["mallory"], all["nohome"], all["root"] = password, password, password, password
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
		if _, err := apop.AuthenticateDigest(t.Context(), "alice", challenge, digest(password)); err != nil {
			t.Error(err)
		}
	}
	tests := []struct {
		name, login, password string
		want                  error
	}{
		{"the system's password is another", "alice", testPassword, errWrongPassword},
		{"secret of no user", "mallory", "another", errNoUser},
		{"user without a secret", "here", "another", errNoSecret},
		{"user without a secret, empty", "here", "", errNoSecret},
		{"root", "root", "another", errRoot},
		{"neither", "carol", "", errNoUser},
	}
	for _, test := range tests {
		_, err := apop.AuthenticateDigest(t.Context(), test.login, challenge, digest(test.password))
		if !errors.Is(err, pop3.ErrAuth) || !errors.Is(err, test.want) {
			t.Errorf("%s: %v, want %v", test.name, err, test.want)
		}
	}
	// As with PASS the code is another only for who has the password.
	for password, want := range map[string]error{"another": pop3.ErrPermanent, "other": pop3.ErrAuth} {
		if _, err := apop.AuthenticateDigest(t.Context(), "nohome", challenge, digest(password)); !errors.Is(err, want) {
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
