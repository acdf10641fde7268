package passwdfile

import (
	"bytes"
	"crypto/md5"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"tpops/pkg/auth"
	"tpops/pkg/password"
	"tpops/pkg/pop3"
	"tpops/pkg/pop3/pop3test"
)

// openText writes a file that was last changed long ago and opens it.
func openText(t *testing.T, text string) (f *File, path string, log *bytes.Buffer) {
	t.Helper()
	path, log = filepath.Join(t.TempDir(), "passwd"), new(bytes.Buffer)
	writeAt(t, path, text, time.Now().Add(-time.Hour))
	f, err := Open(t.Context(), Options{
		Path: path, Maildir: "Maildir", Verifier: password.NewVerifier(), Log: slog.New(slog.NewTextHandler(log, nil)),
	})
	if err != nil {
		t.Fatal(err)
	}
	return f, path, log
}

// writeAt overwrites the file in place and sets its time of modification.
func writeAt(t *testing.T, path, text string, modified time.Time) {
	t.Helper()
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Chtimes(path, modified, modified); err != nil {
		t.Fatal(err)
	}
}

// logsIn reports whether login can log in with the password x.
func logsIn(t *testing.T, f *File, login string) bool {
	t.Helper()
	return maildropOf(t, f, login) != ""
}

// maildropOf returns the maildrop of a login with the password x, empty if it is
// rejected.
func maildropOf(t *testing.T, f *File, login string) string {
	t.Helper()
	account, err := f.Authenticate(t.Context(), pop3.Attempt{Login: login, Password: "x"})
	if err != nil && !errors.Is(err, pop3.ErrAuth) {
		t.Errorf("%s: %v", login, err)
	}
	if account == nil {
		return ""
	}
	return account.Maildrop
}

const fiveUsers = `# users
ann:{PLAIN}x:501:501::/home/ann

bob:$1$xyz$cEUv8aN9ehjhMXG/kSFnM1::::/home/bob
cid:{PLAIN}x::::/home/cid:nologin
dan:{PLAIN}x::::/home/dan:proxy=y
eve:!::::/home/eve
`

func TestPasswdFileContract(t *testing.T) {
	f, _, _ := openText(t, strings.ReplaceAll(fiveUsers, "{PLAIN}x", "{PLAIN}open sesame"))
	pop3test.TestAuthenticator(t, pop3test.Users{
		Authenticator: f, Digest: alone(f), Login: "ann", Password: "open sesame",
		Account: pop3.Account{Name: "ann", Maildrop: "/home/ann/Maildir", UID: 501, GID: 501},
		Refused: []string{"cid", "eve", "ANN", "ann ", "ann:501", "# users"},
	})
}

// TestPasswdFileReasons checks the reasons in the log. The client gets the same reply
// for all, except that with the right password it learns that the row is invalid.
func TestPasswdFileReasons(t *testing.T) {
	f, path, _ := openText(t, fiveUsers+"fay:{PLAIN}x:0:0::/\ngil:{PLAIN}x\nhal:{PLAIN}x:0::::nologin\n"+
		"ida:{PLAIN}x::::/h:allow_nets=192.0.2.1 nologin\njim:{ROT13}x::::/h\n")
	const permanent = "[SYS/PERM] service unavailable, ask the administrator"
	tests := []struct{ name, login, password, want string }{
		{"unknown", "zoe", "x", "passwd-file: no such user: [AUTH] authentication failed"},
		{"wrong", "ann", "y", "passwd-file: wrong password: [AUTH] authentication failed"},
		{"disabled, right", "cid", "x", "passwd-file: login refused: FILE:5: the account is disabled: nologin: [AUTH] authentication failed"},
		{"disabled, wrong", "cid", "y", "passwd-file: wrong password: [AUTH] authentication failed"},
		{"not supported, right", "dan", "x", `passwd-file: login refused: FILE:6: "proxy" is not supported: ` + permanent},
		{"not supported, wrong", "dan", "y", "passwd-file: wrong password: [AUTH] authentication failed"},
		{"root, right", "fay", "x", `passwd-file: login refused: FILE:8: uid "0" and gid "0": want two numbers above 0, or neither: ` + permanent},
		{"no home, right", "gil", "x", `passwd-file: login refused: FILE:9: maildrop: "Maildir" is relative and the home "" is not absolute: ` + permanent},
		{"no home, wrong", "gil", "y", "passwd-file: wrong password: [AUTH] authentication failed"},
		{"no home and disabled", "hal", "x", "passwd-file: login refused: FILE:10: the account is disabled: nologin: [AUTH] authentication failed"},
		{"not supported and disabled", "ida", "x", "passwd-file: login refused: FILE:11: the account is disabled: nologin: [AUTH] authentication failed"},
		{"invalid hash", "jim", "x", "passwd-file: login refused: FILE:12: unknown password scheme: [AUTH] authentication failed"},
		{"locked", "eve", "!", "passwd-file: login refused: FILE:7: the account is disabled: no password matches the stored one: [AUTH] authentication failed"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			_, err := f.Authenticate(t.Context(), pop3.Attempt{Login: tt.login, Password: tt.password})
			if err == nil || strings.ReplaceAll(err.Error(), path, "FILE") != tt.want {
				t.Fatalf("error %v, want %s", err, tt.want)
			}
			wire := pop3.ErrAuth
			if strings.HasSuffix(tt.want, permanent) {
				wire = pop3.ErrPermanent
			}
			var got *pop3.Error
			if !errors.As(err, &got) || got != wire {
				t.Errorf("the client reads %v, want %v", got, wire)
			}
		})
	}
}

func TestPasswdFileDigest(t *testing.T) {
	f, _, _ := openText(t, fiveUsers)
	const challenge = "<1.2@x>"
	digest := func(password string) string { return fmt.Sprintf("%x", md5.Sum([]byte(challenge+password))) }
	if f.SecretReach() == auth.ForNone {
		t.Error("no APOP although ann's password is stored in the clear")
	}
	for _, password := range []string{"", "x", "$1$xyz$cEUv8aN9ehjhMXG/kSFnM1"} {
		if _, err := alone(f).AuthenticateDigest(t.Context(), "bob", challenge, digest(password)); !errors.Is(err, pop3.ErrAuth) {
			t.Errorf("bob has only a hash, with %q: %v", password, err)
		}
	}
	hashed, _, _ := openText(t, "bob:$1$xyz$cEUv8aN9ehjhMXG/kSFnM1::::/home/bob\ncid:{PLAIN}x::::/h:nologin\n")
	if hashed.SecretReach() != auth.ForNone {
		t.Error("APOP although no enabled user has a password in the clear")
	}
}

func TestPasswdFileProblems(t *testing.T) {
	f, path, _ := openText(t, fiveUsers+"ann:{PLAIN}y::::/other\r\n:x\nfay:{PLAIN}x:0:0::/\nnonsense\r\n \t\n")
	want := []string{
		`:6: "dan" cannot log in: "proxy" is not supported`,
		`:8: "ann" occurs again: only its first line counts`,
		`:9: no usable login name`,
		`:10: "fay" cannot log in: uid "0" and gid "0": want two numbers above 0, or neither`,
		`:11: "nonsense" cannot log in: it has no password`,
	}
	problems := f.Problems()
	for i, p := range problems {
		if i < len(want) && p.String() != path+want[i] {
			t.Errorf("problem %s\nwant    %s", p, path+want[i])
		}
	}
	if len(problems) != len(want) {
		t.Errorf("%d problems: %v", len(problems), problems)
	}
	if !logsIn(t, f, "ann") {
		t.Error("ann is rejected because of other lines")
	}
}

func TestPasswdFileStart(t *testing.T) {
	directory := t.TempDir()
	fifo := filepath.Join(directory, "fifo")
	if err := syscall.Mkfifo(fifo, 0o600); err != nil {
		t.Fatal(err)
	}
	large := filepath.Join(directory, "large")
	if err := os.WriteFile(large, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Truncate(large, maxFile+1); err != nil {
		t.Fatal(err)
	}
	for _, path := range []string{filepath.Join(directory, "missing"), directory, fifo, large, ""} {
		_, err := Open(t.Context(), Options{Path: path, Verifier: password.NewVerifier()})
		if err == nil || errors.Is(err, pop3.ErrAuth) {
			t.Errorf("%q: %v", path, err)
		}
	}
}

// TestPasswdFileMany checks that a login does not read all rows. Otherwise it would read
// 50,000 rows 20,000 times.
func TestPasswdFileMany(t *testing.T) {
	var text strings.Builder
	for i := range 50000 {
		fmt.Fprintf(&text, "user%d@example.org:{PLAIN}x:501:501::/home/user%d:userdb_mail=maildir:~/mail\n", i, i)
	}
	f, _, _ := openText(t, text.String())
	for i := range 20000 {
		if !logsIn(t, f, fmt.Sprintf("user%d@example.org", 49999-i)) || i%100 == 0 && logsIn(t, f, fmt.Sprint("nobody", i)) {
			t.Fatal(i)
		}
	}
}

// TestPasswdFileDecoy checks that an unknown login is compared with the password of some
// user, always the same one.
func TestPasswdFileDecoy(t *testing.T) {
	f, _, _ := openText(t, "a:{PLAIN}1::::/h\nb:{PLAIN}2::::/h\nc:!::::/h\nd:{PLAIN}3::::/h:nologin\n")
	seen := map[password.Stored]int{}
	for i := range 100 {
		login := fmt.Sprint("nobody", i)
		other := f.table.Load().password(f.options.Verifier, login, nil)
		if other != f.table.Load().password(f.options.Verifier, login, nil) {
			t.Errorf("%s has two decoys", login)
		}
		seen[other]++
	}
	if len(seen) != 3 {
		t.Errorf("decoys %v", seen)
	}
	empty, _, _ := openText(t, "# nobody\n")
	if err := empty.table.Load().password(empty.options.Verifier, "ann", nil).Validate(); err != nil {
		t.Errorf("the decoy of a file without rows costs nothing: %v", err)
	}
}

// Editors of other systems write a byte order mark at the start and end lines with CR
// and LF.
func TestPasswdFileOfOtherEditors(t *testing.T) {
	f, _, logged := openText(t, "\ufeffann:{PLAIN}x:501:501::/home/ann\r\nbob:{PLAIN}y:501:501::/home/bob\r\n")
	for login, password := range map[string]string{"ann": "x", "bob": "y"} {
		if account, err := f.Authenticate(t.Context(), pop3.Attempt{Login: login, Password: password}); err != nil || account.Maildrop != "/home/"+login+"/Maildir" {
			t.Errorf("%s: %+v, %v", login, account, err)
		}
	}
	if problems := f.Problems(); len(problems) > 0 {
		t.Errorf("%v, %v", problems, logged)
	}
}
