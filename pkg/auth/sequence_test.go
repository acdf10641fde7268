package auth

import (
	"context"
	"crypto/md5"
	"encoding/hex"
	"errors"
	"strings"
	"testing"

	"tpops/pkg/password"
	"tpops/pkg/pop3"
	"tpops/pkg/pop3/pop3test"
	"tpops/pkg/scram"
)

// secretless is the part of a database that has no passwords but to compare.
type secretless struct{}

func (secretless) SecretReach() Reach          { return ForNobody }
func (secretless) SCRAMReach(scram.Hash) Reach { return ForNobody }
func (secretless) LookupReach() Reach          { return ForNobody }

// down is a database that cannot be asked.
type down struct{ secretless }

var errDown = errors.New("no server answers")

func (down) candidate(context.Context, string) (*candidate, error) { return nil, errDown }

func (d down) Authenticate(ctx context.Context, login, password string) (*pop3.Account, error) {
	return authenticate(ctx, d, login, password)
}

const (
	firstUsers  = "ann:{PLAIN}open sesame:::::userdb_mail=maildir:/first/ann\nbob:{PLAIN}first:::::userdb_mail=maildir:/first/bob\nshut:!:::::\n"
	secondUsers = "bob:{PLAIN}open sesame:::::userdb_mail=maildir:/second/bob\nshut:{PLAIN}open sesame:::::userdb_mail=maildir:/second/shut\n" +
		"cid:{PLAIN}open sesame:::::userdb_mail=maildir:/second/cid\n"
)

func TestSequenceContract(t *testing.T) {
	first, _, _ := passwdFile(t, firstUsers)
	second, _, _ := passwdFile(t, secondUsers)
	system, _ := testFiles(t)
	for _, user := range []struct{ login, maildrop string }{{"ann", "/first/ann"}, {"cid", "/second/cid"}} {
		t.Run(user.login, func(t *testing.T) {
			s := NewSequence(password.NewVerifier(), first, system, second)
			pop3test.TestAuthenticator(t, pop3test.Users{
				Authenticator: s, Digest: s, Login: user.login, Password: "open sesame",
				Account: pop3.Account{Name: user.login, Maildrop: user.maildrop, UID: -1, GID: -1},
				Refused: []string{"shut", "bob", "alice"},
			})
		})
	}
}

// In what is wanted, a path is the mailbox of the user who is let in.
func TestSequence(t *testing.T) {
	first, _, _ := passwdFile(t, firstUsers)
	second, _, _ := passwdFile(t, secondUsers)
	for _, test := range []struct {
		name            string
		databases       []Database
		login, password string
		want            string
	}{
		{"known to the first", []Database{first, second}, "ann", "open sesame", "/first/ann"},
		{"known to the second", []Database{first, second}, "cid", "open sesame", "/second/cid"},
		{"known to both", []Database{first, second}, "bob", "first", "/first/bob"},
		{"another's password", []Database{first, second}, "bob", "open sesame", errWrongPassword.Error()},
		{"the other way round", []Database{second, first}, "bob", "open sesame", "/second/bob"},
		{"closed in the first", []Database{first, second}, "shut", "open sesame", errClosed.Error()},
		{"known to none", []Database{first, second}, "dan", "open sesame", errNoUser.Error()},
		{"first is down", []Database{down{}, second}, "cid", "open sesame", errDown.Error()},
		{"second is down", []Database{first, down{}}, "ann", "open sesame", "/first/ann"},
		{"second is down, and would have to know", []Database{first, down{}}, "cid", "open sesame", errDown.Error()},
	} {
		t.Run(test.name, func(t *testing.T) {
			s := NewSequence(password.NewVerifier(), test.databases...)
			checkDecision(t, test.want, errDown)(s.Authenticate(t.Context(), test.login, test.password))
			sum := md5.Sum([]byte("<1@x>" + test.password))
			checkDecision(t, test.want, errDown)(s.AuthenticateDigest(t.Context(), test.login, "<1@x>", hex.EncodeToString(sum[:])))
		})
	}
}

// checkDecision checks what came of a login. Only trouble is no refusal.
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
			t.Errorf("refused or not found out? %v", err)
		}
	}
}

// A database without passwords for APOP keeps its users out of it, and the next
// one has no say about them.
func TestSequenceDigest(t *testing.T) {
	system, _ := testFiles(t)
	file, _, _ := passwdFile(t, "alice:{PLAIN}x:::::userdb_mail=maildir:/file/alice\nann:{PLAIN}x:::::userdb_mail=maildir:/file/ann\n")
	s := NewSequence(password.NewVerifier(), system, file)
	sum := md5.Sum([]byte("<1@x>x"))
	digest := hex.EncodeToString(sum[:])
	account, err := s.AuthenticateDigest(t.Context(), "alice", "<1@x>", digest)
	checkDecision(t, errNoSecret.Error(), errDown)(account, err)
	account, err = s.AuthenticateDigest(t.Context(), "ann", "<1@x>", digest)
	checkDecision(t, "/file/ann", errDown)(account, err)
}

// Exactly one password is compared, however many databases there are: how long
// the answer takes says nothing about where a user is.
func TestSequenceComparesOnce(t *testing.T) {
	count := 0
	counting := func(known bool) Database { return countingDatabase{known: known, count: &count} }
	for _, databases := range [][]Database{
		{counting(true), counting(true)}, {counting(false), counting(true)}, {counting(false), counting(false), counting(false)},
	} {
		count = 0
		s := NewSequence(password.NewVerifier(), databases...)
		for range 3 {
			_, err := s.Authenticate(t.Context(), "x", "x")
			if !errors.Is(err, pop3.ErrAuth) {
				t.Fatal(err)
			}
		}
		if count != 3 {
			t.Errorf("%d comparisons for 3 logins", count)
		}
	}
}

// countingDatabase refuses everybody and counts.
type countingDatabase struct {
	secretless
	known bool
	count *int
}

func (d countingDatabase) candidate(context.Context, string) (*candidate, error) {
	return &candidate{known: d.known, login: func(context.Context, string) (*pop3.Account, error) {
		*d.count++
		return nil, pop3.ErrAuth
	}}, nil
}

func (d countingDatabase) Authenticate(ctx context.Context, login, password string) (*pop3.Account, error) {
	return authenticate(ctx, d, login, password)
}

// What is offered has to work for the users of all databases. Who is in one
// without keys is told the same as who is in none, and after as long.
func TestSequenceWays(t *testing.T) {
	file, _, _ := passwdFile(t, firstUsers)
	system, _ := testFiles(t)
	mixed := NewSequence(password.NewVerifier(), file, system)
	for _, tt := range []struct {
		name          string
		users         *Sequence
		secret, scram Reach
		lookup        Reach
	}{
		{"a file", alone(file), ForAll, ForAll, ForAll},
		{"the system", alone(system), ForNobody, ForNobody, ForAll},
		{"both", mixed, ForSome, ForSome, ForAll},
		{"PAM", alone(pamOf(&fakePAM{})), ForNobody, ForNobody, ForNobody},
		{"a file and PAM", NewSequence(password.NewVerifier(), file, pamOf(&fakePAM{})), ForSome, ForSome, ForSome},
	} {
		if lookup := tt.users.LookupReach(); lookup != tt.lookup {
			t.Errorf("%s: %v can be found, want %v", tt.name, lookup, tt.lookup)
		}
		if secret, keys := tt.users.SecretReach(), tt.users.SCRAMReach(scram.SHA256); secret != tt.secret || keys != tt.scram {
			t.Errorf("%s: %v, %v; want %v, %v", tt.name, secret, keys, tt.secret, tt.scram)
		}
	}
	for _, login := range []string{"alice", "nobody"} {
		keys, admit, err := mixed.SCRAMKeys(t.Context(), login, scram.SHA256)
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
	if account, err := NewSequence(password.NewVerifier(), down{}).Lookup(t.Context(), "alice"); account != nil || !errors.Is(err, errDown) {
		t.Errorf("a database that is down: %v, %v", account, err)
	}
}
