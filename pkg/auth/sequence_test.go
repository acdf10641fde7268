package auth_test

import (
	"context"
	"crypto/md5"
	"encoding/hex"
	"errors"
	"strings"
	"testing"

	"tpops/pkg/auth"
	"tpops/pkg/auth/system"
	"tpops/pkg/password"
	"tpops/pkg/pop3"
	"tpops/pkg/pop3/pop3test"
	"tpops/pkg/scram"
)

// down is a database that does not answer.
type down struct{}

var errDown = errors.New("no server answers")

func (down) Find(context.Context, string) (auth.User, error) { return nil, errDown }

func (d down) Authenticate(ctx context.Context, a pop3.Attempt) (*pop3.Account, error) {
	return auth.Authenticate(ctx, d, a)
}

const (
	firstUsers  = "ann:{PLAIN}open sesame:::::userdb_mail=maildir:/first/ann\nbob:{PLAIN}first:::::userdb_mail=maildir:/first/bob\nshut:!:::::\n"
	secondUsers = "bob:{PLAIN}open sesame:::::userdb_mail=maildir:/second/bob\nshut:{PLAIN}open sesame:::::userdb_mail=maildir:/second/shut\n" +
		"cid:{PLAIN}open sesame:::::userdb_mail=maildir:/second/cid\n"
)

func TestSequenceContract(t *testing.T) {
	first := openFile(t, firstUsers)
	second := openFile(t, secondUsers)
	users := systemUsers(t)
	for _, user := range []struct{ login, maildrop string }{{"ann", "/first/ann"}, {"cid", "/second/cid"}} {
		t.Run(user.login, func(t *testing.T) {
			s := auth.NewSequence(password.NewVerifier(), first, users, second)
			pop3test.TestAuthenticator(t, pop3test.Users{
				Authenticator: s, Digest: s, Login: user.login, Password: "open sesame",
				Account: pop3.Account{Name: user.login, Maildrop: user.maildrop, UID: -1, GID: -1},
				Refused: []string{"shut", "bob", "alice"},
			})
		})
	}
}

// A wanted result that is a path is the mailbox of the accepted user.
func TestSequence(t *testing.T) {
	first := openFile(t, firstUsers)
	second := openFile(t, secondUsers)
	for _, test := range []struct {
		name            string
		databases       []auth.Database
		login, password string
		want            string
	}{
		{"in the first", []auth.Database{first, second}, "ann", "open sesame", "/first/ann"},
		{"in the second", []auth.Database{first, second}, "cid", "open sesame", "/second/cid"},
		{"in both", []auth.Database{first, second}, "bob", "first", "/first/bob"},
		{"the password in the second", []auth.Database{first, second}, "bob", "open sesame", auth.ErrWrongPassword.Error()},
		{"in both, other order", []auth.Database{second, first}, "bob", "open sesame", "/second/bob"},
		{"disabled in the first", []auth.Database{first, second}, "shut", "open sesame", auth.ErrClosed.Error()},
		{"in neither", []auth.Database{first, second}, "dan", "open sesame", auth.ErrNoUser.Error()},
		{"first is down", []auth.Database{down{}, second}, "cid", "open sesame", errDown.Error()},
		{"second is down", []auth.Database{first, down{}}, "ann", "open sesame", "/first/ann"},
		{"second is down, user not in the first", []auth.Database{first, down{}}, "cid", "open sesame", errDown.Error()},
	} {
		t.Run(test.name, func(t *testing.T) {
			s := auth.NewSequence(password.NewVerifier(), test.databases...)
			checkDecision(t, test.want, errDown)(s.Authenticate(t.Context(), pop3.Attempt{Login: test.login, Password: test.password}))
			sum := md5.Sum([]byte("<1@x>" + test.password))
			checkDecision(t, test.want, errDown)(s.AuthenticateDigest(t.Context(), test.login, "<1@x>", hex.EncodeToString(sum[:])))
		})
	}
}

// checkDecision checks the result of a login. Only an error of a database is not a
// rejection.
func checkDecision(t *testing.T, want string, trouble error) func(*pop3.Account, error) {
	return func(account *pop3.Account, err error) {
		t.Helper()
		switch {
		case strings.HasPrefix(want, "/"):
			if err != nil || account.Maildrop != want {
				t.Errorf("%v, %v, want the mailbox %s", account, err, want)
			}
		case err == nil || !strings.Contains(err.Error(), want):
			t.Errorf("%v, %v, want %s", account, err, want)
		case errors.Is(err, pop3.ErrAuth) == errors.Is(err, trouble):
			t.Errorf("rejected, or an error of the database? %v", err)
		}
	}
}

// If a database has no passwords for APOP, its users cannot use APOP, even if the next
// database has a password for the same name.
func TestSequenceDigest(t *testing.T) {
	users := systemUsers(t)
	file := openFile(t, "alice:{PLAIN}x:::::userdb_mail=maildir:/file/alice\nann:{PLAIN}x:::::userdb_mail=maildir:/file/ann\n")
	s := auth.NewSequence(password.NewVerifier(), users, file)
	sum := md5.Sum([]byte("<1@x>x"))
	digest := hex.EncodeToString(sum[:])
	account, err := s.AuthenticateDigest(t.Context(), "alice", "<1@x>", digest)
	checkDecision(t, auth.ErrNoSecret.Error(), errDown)(account, err)
	account, err = s.AuthenticateDigest(t.Context(), "ann", "<1@x>", digest)
	checkDecision(t, "/file/ann", errDown)(account, err)
}

// Exactly one password is compared, with any number of databases. So the time of the
// reply does not depend on which database has the user.
func TestSequenceComparesOnce(t *testing.T) {
	count := 0
	counting := func(known bool) auth.Database { return countingDatabase{known: known, count: &count} }
	for _, databases := range [][]auth.Database{
		{counting(true), counting(true)}, {counting(false), counting(true)}, {counting(false), counting(false), counting(false)},
	} {
		count = 0
		s := auth.NewSequence(password.NewVerifier(), databases...)
		for range 3 {
			_, err := s.Authenticate(t.Context(), pop3.Attempt{Login: "x", Password: "x"})
			if !errors.Is(err, pop3.ErrAuth) {
				t.Fatal(err)
			}
		}
		if count != 3 {
			t.Errorf("%d comparisons for 3 logins", count)
		}
	}
}

// countingDatabase rejects every user and counts the comparisons.
type countingDatabase struct {
	known bool
	count *int
}

func (d countingDatabase) Find(context.Context, string) (auth.User, error) {
	return countingUser(d), nil
}

func (d countingDatabase) Authenticate(ctx context.Context, a pop3.Attempt) (*pop3.Account, error) {
	return auth.Authenticate(ctx, d, a)
}

type countingUser countingDatabase

func (u countingUser) Known() bool { return u.known }

func (u countingUser) Authenticate(context.Context, pop3.Attempt) (*pop3.Account, error) {
	*u.count++
	return nil, pop3.ErrAuth
}

// A mechanism is offered only if it works for users of all databases. A user of a
// database without keys gets the same reply as an unknown user, after the same time.
func TestSequenceWays(t *testing.T) {
	file := openFile(t, firstUsers)
	users := systemUsers(t)
	mixed := auth.NewSequence(password.NewVerifier(), file, users)
	for _, tt := range []struct {
		name          string
		users         *auth.Sequence
		secret, scram auth.Reach
		lookup        auth.Reach
	}{
		{"a file", alone(file), auth.ForAll, auth.ForAll, auth.ForAll},
		{"the system", alone(users), auth.ForNone, auth.ForNone, auth.ForAll},
		{"both", mixed, auth.ForSome, auth.ForSome, auth.ForAll},
		{"PAM", alone(system.NewPAM(system.PAMOptions{})), auth.ForNone, auth.ForNone, auth.ForNone},
		{"a file and PAM", auth.NewSequence(password.NewVerifier(), file, system.NewPAM(system.PAMOptions{})), auth.ForSome, auth.ForSome, auth.ForSome},
	} {
		if lookup := tt.users.LookupReach(); lookup != tt.lookup {
			t.Errorf("%s: %v can be found, want %v", tt.name, lookup, tt.lookup)
		}
		if secret, keys := tt.users.SecretReach(), tt.users.SCRAMReach(scram.SHA256); secret != tt.secret || keys != tt.scram {
			t.Errorf("%s: %v, %v; want %v, %v", tt.name, secret, keys, tt.secret, tt.scram)
		}
	}
	for _, login := range []string{"alice", "nobody"} {
		keys, admit, err := mixed.SCRAMKeys(t.Context(), pop3.Attempt{Login: login}, scram.SHA256)
		if err != nil || keys.Iterations != scram.MinIterations {
			t.Fatalf("%s: %+v, %v", login, keys, err)
		}
		if account, err := admit(true); account != nil || !errors.Is(err, pop3.ErrAuth) {
			t.Errorf("%s: %v, %v", login, account, err)
		}
		if account, err := mixed.AuthenticateSecret(t.Context(), login, func(string) bool { return true }); account != nil || !errors.Is(err, pop3.ErrAuth) {
			t.Errorf("%s: %v, %v", login, account, err)
		}
	}
	if account, err := mixed.Lookup(t.Context(), "alice"); err != nil || account.Name != "alice" {
		t.Errorf("without a password: %v, %v", account, err)
	}
	if account, err := auth.NewSequence(password.NewVerifier(), down{}).Lookup(t.Context(), "alice"); account != nil || !errors.Is(err, errDown) {
		t.Errorf("a database that is down: %v, %v", account, err)
	}
}
