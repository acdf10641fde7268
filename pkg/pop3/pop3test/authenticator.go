package pop3test

import (
	"context"
	"crypto/md5"
	"encoding/hex"
	"errors"
	"strings"
	"sync"
	"testing"

	"tpops/pkg/pop3"
)

// Users is a user database under test with one enabled user.
type Users struct {
	Authenticator pop3.Authenticator
	Digest        pop3.DigestAuthenticator // nil if it offers no APOP
	Login         string
	Password      string
	Account       pop3.Account // what a login must return
	Refused       []string     // login names with the same password that are rejected
}

// TestAuthenticator runs the suite.
func TestAuthenticator(t *testing.T, u Users) {
	t.Run("the right password", func(t *testing.T) { testRight(t, u) })
	t.Run("wrong passwords", func(t *testing.T) { testWrongPasswords(t, u) })
	t.Run("wrong names", func(t *testing.T) { testWrongNames(t, u) })
	t.Run("a cancelled context is not a wrong password", func(t *testing.T) { testCancelled(t, u) })
	t.Run("many at once", func(t *testing.T) { testMany(t, u) })
	if u.Digest != nil {
		t.Run("digest", func(t *testing.T) { testDigest(t, u) })
	}
}

func testRight(t *testing.T, u Users) {
	account, err := u.Authenticator.Authenticate(t.Context(), pop3.Attempt{Login: u.Login, Password: u.Password})
	checkAccount(t, u, account, err)
}

func checkAccount(t *testing.T, u Users, account *pop3.Account, err error) {
	t.Helper()
	if err != nil {
		t.Fatalf("right password: %v", err)
	}
	want := u.Account
	if account.Name != want.Name || account.Maildrop != want.Maildrop || account.UID != want.UID || account.GID != want.GID {
		t.Errorf("account %+v, want %+v", *account, want)
	}
}

func testWrongPasswords(t *testing.T, u Users) {
	wrong := []string{
		"", " ", u.Password + " ", " " + u.Password, u.Password + "\x00", u.Password + "\x00x",
		u.Password[:len(u.Password)-1], strings.Repeat(u.Password, 100), "\xff", u.Login, "*", "!", "x",
	}
	for _, password := range wrong {
		account, err := u.Authenticator.Authenticate(t.Context(), pop3.Attempt{Login: u.Login, Password: password})
		if account != nil || !errors.Is(err, pop3.ErrAuth) {
			t.Errorf("password %.40q: %v, %v, want ErrAuth", password, account, err)
		}
	}
}

func testWrongNames(t *testing.T, u Users) {
	wrong := []string{
		"", " ", u.Login + "\x00", u.Login + "\n", u.Login + "x", u.Login[1:], "nobody-at-all", "\xff\xfe",
		"%s", "%", "'", `"`, "`", `\`, "' or '1'='1", `" or "1"="1`, `" or ""="`, `\" or 1=1 -- `, "a:b", "a\tb", "../../etc", "#",
		strings.Repeat("a", 1000), "*", "_", u.Login + "' -- ", u.Login + `" -- `, u.Login + `"#`,
	}
	for _, login := range append(wrong, u.Refused...) {
		account, err := u.Authenticator.Authenticate(t.Context(), pop3.Attempt{Login: login, Password: u.Password})
		if account != nil || !errors.Is(err, pop3.ErrAuth) {
			t.Errorf("login %.40q: %v, %v, want ErrAuth", login, account, err)
		}
	}
}

func testCancelled(t *testing.T, u Users) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	account, err := u.Authenticator.Authenticate(ctx, pop3.Attempt{Login: u.Login, Password: u.Password})
	if errors.Is(err, pop3.ErrAuth) || err == nil && account == nil {
		t.Errorf("%v, %v", account, err)
	}
}

func testMany(t *testing.T, u Users) {
	var all sync.WaitGroup
	for i := range 16 {
		all.Go(func() {
			if i%2 == 0 {
				if _, err := u.Authenticator.Authenticate(t.Context(), pop3.Attempt{Login: u.Login, Password: u.Password}); err != nil {
					t.Errorf("right password: %v", err)
				}
				return
			}
			if _, err := u.Authenticator.Authenticate(t.Context(), pop3.Attempt{Login: u.Login, Password: "wrong"}); !errors.Is(err, pop3.ErrAuth) {
				t.Errorf("wrong password: %v", err)
			}
		})
	}
	all.Wait()
}

func testDigest(t *testing.T, u Users) {
	const challenge = "<1896.697170952@dbc.mtview.ca.us>"
	digest := func(password string) string {
		sum := md5.Sum([]byte(challenge + password))
		return hex.EncodeToString(sum[:])
	}
	right := digest(u.Password)
	for _, d := range []string{right, strings.ToUpper(right)} {
		account, err := u.Digest.AuthenticateDigest(t.Context(), u.Login, challenge, d)
		checkAccount(t, u, account, err)
	}
	wrong := []struct{ login, challenge, digest string }{
		{u.Login, challenge, digest("wrong")},
		{u.Login, challenge, ""},
		{u.Login, challenge, right[:31]},
		{u.Login, challenge, right + "0"},
		{u.Login, challenge, u.Password},
		{u.Login, "<1@other>", right},
		{"nobody-at-all", challenge, right},
		{"nobody-at-all", challenge, digest("")},
		{u.Login + "\x00", challenge, right},
	}
	for _, login := range u.Refused {
		wrong = append(wrong, struct{ login, challenge, digest string }{login, challenge, right})
	}
	for _, w := range wrong {
		account, err := u.Digest.AuthenticateDigest(t.Context(), w.login, w.challenge, w.digest)
		if account != nil || !errors.Is(err, pop3.ErrAuth) {
			t.Errorf("%.40q %q %q: %v, %v, want ErrAuth", w.login, w.challenge, w.digest, account, err)
		}
	}
}
