package system

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"tpops/pkg/auth"
	"tpops/pkg/auth/passwdfile"
	"tpops/pkg/pam"
	"tpops/pkg/password"
	"tpops/pkg/pop3"
	"tpops/pkg/pop3/pop3test"
)

// fakePAM has one user, ann, with one password. For any other password, the password is
// the outcome.
type fakePAM struct {
	user    pam.User
	trouble error
}

var annsUser = pam.User{Name: "ann", UID: 1000, GID: 1001, Groups: []int{50}, Home: "/home/ann"}

func (f *fakePAM) Ask(ctx context.Context, r pam.Request) (*pam.Answer, error) {
	if f.trouble != nil || ctx.Err() != nil {
		return nil, errors.Join(f.trouble, ctx.Err())
	}
	if string(r.Login) != "ann" {
		return &pam.Answer{Outcome: pam.NoUser}, nil
	}
	if r.Password == nil {
		return &pam.Answer{Outcome: pam.Known, User: f.user}, nil
	}
	if outcome, ok := strings.CutPrefix(string(r.Password), "outcome: "); ok {
		return &pam.Answer{Outcome: pam.Outcome(outcome), Text: "text of PAM"}, nil
	}
	if string(r.Password) != "open sesame" {
		return &pam.Answer{Outcome: pam.Wrong, Text: "Authentication failure"}, nil
	}
	return &pam.Answer{Outcome: pam.Admitted, User: f.user}, nil
}

func pamOf(helper PAMHelper) *PAM {
	return NewPAM(PAMOptions{Helper: helper, Service: "tpops", Maildir: "Maildir", Timeout: time.Second})
}

func TestPAMContract(t *testing.T) {
	p := pamOf(&fakePAM{user: annsUser})
	file := openFile(t, "bob:{PLAIN}x::::/home/bob\n")
	for name, users := range map[string]pop3.Authenticator{"alone": p, "in a sequence": auth.NewSequence(password.NewVerifier(), file, p)} {
		t.Run(name, func(t *testing.T) {
			pop3test.TestAuthenticator(t, pop3test.Users{
				Authenticator: users, Login: "ann", Password: "open sesame",
				Account: pop3.Account{Name: "ann", Maildrop: "/home/ann/Maildir", UID: 1000, GID: 1001},
				Refused: []string{"bob", "ANN", "ann:x", "root"},
			})
		})
	}
}

// Each outcome has a different text in the log, and the same reply to the client if it
// is a rejection.
func TestPAMOutcomes(t *testing.T) {
	for _, test := range []struct {
		outcome pam.Outcome
		want    string
		code    error // nil: the check was not possible
	}{
		{pam.NoUser, "pam: no such user (", pop3.ErrAuth},
		{pam.Wrong, `pam: wrong password ("text of PAM"): [AUTH] authentication failed`, pop3.ErrAuth},
		{pam.AccountExpired, "account has expired", pop3.ErrAuth},
		{pam.PasswordExpired, "password has expired", pop3.ErrAuth},
		{pam.MustChange, "password must be changed", pop3.ErrAuth},
		{pam.Denied, "the account may not be used", pop3.ErrAuth},
		{pam.Failed, `pam: "text of PAM"`, nil},
		{pam.Known, `pam: "text of PAM"`, nil},
		{"", `pam: "text of PAM"`, nil},
		{"admitted ", `pam: "text of PAM"`, nil},
	} {
		t.Run(string(test.outcome), func(t *testing.T) {
			account, err := pamOf(&fakePAM{}).Authenticate(t.Context(), pop3.Attempt{Login: "ann", Password: "outcome: " + string(test.outcome)})
			if account != nil || err == nil || !strings.Contains(err.Error(), test.want) || errors.Is(err, pop3.ErrAuth) != (test.code != nil) {
				t.Errorf("%v, %v, want %s", account, err, test.want)
			}
		})
	}
}

// With any answer of the name service, no user becomes root or gets a mailbox that is
// not certain.
func TestPAMAccount(t *testing.T) {
	for _, test := range []struct {
		name string
		user pam.User
		want error
	}{
		{"root", pam.User{Name: "toor", Home: "/root"}, pop3.ErrAuth},
		{"no name", pam.User{UID: 1, GID: 1, Home: "/h"}, pop3.ErrPermanent},
		{"control character", pam.User{Name: "a\nb", UID: 1, GID: 1, Home: "/h"}, pop3.ErrPermanent},
		{"process's own ids", pam.User{Name: "a", UID: -1, GID: -1, Home: "/h"}, pop3.ErrPermanent},
		{"no id", pam.User{Name: "a", UID: 1<<32 - 1, GID: 1, Home: "/h"}, pop3.ErrPermanent},
		{"no group", pam.User{Name: "a", UID: 1, GID: 1 << 32, Home: "/h"}, pop3.ErrPermanent},
		{"no home", pam.User{Name: "a", UID: 1, GID: 1}, pop3.ErrPermanent},
		{"up", pam.User{Name: "a", UID: 1, GID: 1, Home: "/home/../root"}, pop3.ErrPermanent},
		{"another name", pam.User{Name: "Ann", UID: 1, GID: 1, Home: "/home/ann"}, nil},
	} {
		t.Run(test.name, func(t *testing.T) {
			account, err := pamOf(&fakePAM{user: test.user}).Authenticate(t.Context(), pop3.Attempt{Login: "ann", Password: "open sesame"})
			if !errors.Is(err, test.want) || (err == nil) != (account != nil) {
				t.Fatalf("%+v, %v, want %v", account, err, test.want)
			}
			if account != nil && (account.Name != test.user.Name || account.Maildrop != "/home/ann/Maildir") {
				t.Errorf("%+v", account)
			}
		})
	}
}

func TestPAMTrouble(t *testing.T) {
	p := pamOf(&fakePAM{trouble: errDown})
	if _, err := p.Authenticate(t.Context(), pop3.Attempt{Login: "ann", Password: "open sesame"}); !errors.Is(err, errDown) || errors.Is(err, pop3.ErrAuth) {
		t.Error(err)
	}
	file := openFile(t, "ann:{PLAIN}open sesame::::/file/ann\n")
	_, err := auth.NewSequence(password.NewVerifier(), p, file).Authenticate(t.Context(), pop3.Attempt{Login: "ann", Password: "open sesame"})
	if !errors.Is(err, errDown) || errors.Is(err, pop3.ErrAuth) {
		t.Error(fmt.Errorf("the next database was asked: %w", err))
	}
}

var errDown = errors.New("no answer")

// openFile opens a passwd-file of these rows.
func openFile(t *testing.T, text string) *passwdfile.File {
	t.Helper()
	path := filepath.Join(t.TempDir(), "users")
	write(t, path, text)
	f, err := passwdfile.Open(t.Context(), passwdfile.Options{Path: path, Maildir: "Maildir", Verifier: password.NewVerifier()})
	if err != nil {
		t.Fatal(err)
	}
	return f
}

// TestPAMLocated checks what tools find out about a user, for whom PAM is not asked for a
// decision. It is nothing that a login may use.
func TestPAMLocated(t *testing.T) {
	for login, want := range map[string]string{"ann": "/home/ann/Maildir", "bob": ""} {
		user, err := pamOf(&fakePAM{user: annsUser}).Find(t.Context(), login)
		if err != nil {
			t.Fatal(err)
		}
		if _, ok := user.(auth.ProvenUser); ok {
			t.Error("a login could do without PAM")
		}
		account, err := user.(auth.LocatedUser).Located(t.Context())
		switch {
		case want == "":
			if !errors.Is(err, auth.ErrNoUser) {
				t.Errorf("%s: %v", login, err)
			}
		case err != nil || account.Maildrop != want || account.UID != 1000 || account.GID != 1001:
			t.Errorf("%s: %+v, %v", login, account, err)
		}
	}
}
