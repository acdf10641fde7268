package system

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"tpops/pkg/auth"
	"tpops/pkg/auth/secrets"
	"tpops/pkg/password"
	"tpops/pkg/pop3"
	"tpops/pkg/pop3/pop3test"
)

const (
	testPassword = "tanstaaf"
	testHash     = "$6$rounds=1400$anotherlong$orXLdRJTPbXJTqeEvrcG/ulgsGu45dqzP0JFKYGck9oQRAxAOFyVQRIuJPVR8vxyC743JYXroCYATOMg8dTKj/"
	today        = 20_000 // days since 1970
)

const testPasswd = `root:x:0:0:root:/root:/bin/bash
nobody:*:65534:65534:nobody:/nonexistent:/usr/sbin/nologin
+nis::::::
# alice:x:1:1::/comment:
alice:x:1000:1001:Alice,,,:/home/alice:/bin/sh
alice:x:6666:6666:second row:/home/mallory:/bin/sh
Müller:x:1002:1002::/home/m/:/bin/sh
here:` + testHash + `:1003:1003::/home/here:/bin/sh
locked:x:1004:1004::/home/locked:/bin/sh
star:x:1005:1005::/home/star:/bin/sh
nothing::1006:1006::/home/nothing:/bin/sh
nothing2:x:1007:1007::/home/nothing2:/bin/sh
expired:x:1008:1008::/home/expired:/bin/sh
unshadowed:x:1009:1009::/home/unshadowed:/bin/sh
short:x:1010:1010::/home/short
noid:x:abc:1011::/home/noid:/bin/sh
minusone:x:4294967295:1012::/home/minusone:/bin/sh
nogid:x:1013:-1::/home/nogid:/bin/sh
nohome:x:1014:1014:::/bin/sh
odd:x:1015:1015::/home/odd:/bin/sh
gost:x:1016:1016::/home/gost:/bin/sh
halfshadow:x:1017:1017::/home/halfshadow:/bin/sh
toor:` + testHash + `:0:0::/root:/bin/sh
uid00:` + testHash + `:00:0::/root:/bin/sh
`

const testShadow = "root:" + testHash + ":19000:0:99999:7:::\n" +
	"alice:" + testHash + ":19000:0:99999:7:::\n" +
	"alice:*:19000:0:99999:7:::\n" +
	"Müller:" + testHash + ":19000:0:99999:7:::\n" +
	"locked:!" + testHash + ":19000:0:99999:7:::\n" +
	"star:*:19000:0:99999:7:::\n" +
	"nothing2::19000:0:99999:7:::\n" +
	"expired:" + testHash + ":19000:0:99999:7::19999:\n" +
	"short:" + testHash + ":19000:0:99999:7:::\n" +
	"noid:" + testHash + ":19000:0:99999:7:::\n" +
	"minusone:" + testHash + ":19000:0:99999:7:::\n" +
	"nogid:" + testHash + ":19000:0:99999:7:::\n" +
	"nohome:" + testHash + ":19000:0:99999:7:::\n" +
	"odd:NP:19000:0:99999:7:::\n" +
	"gost:$gy$j9T$x$y:19000:0:99999:7:::\n" +
	"halfshadow:" + testHash + ":19000\n"

const testGroup = "root:x:0:\nmail:x:8:alice,nobody\nalice:x:1001:\nbroken:x\nteam:x:50:here,alice\nodd:x:y:alice\nteam2:x:8:alice\n"

// testFiles writes the system's files and returns a Passwd for them.
func testFiles(t *testing.T) (*Passwd, PasswdConfig) {
	t.Helper()
	dir := t.TempDir()
	config := PasswdConfig{
		Passwd: filepath.Join(dir, "passwd"), Shadow: filepath.Join(dir, "shadow"), Group: filepath.Join(dir, "group"),
		Maildir: "Maildir", Verifier: password.NewVerifier(),
		Now: func() time.Time { return time.Unix(today*86400+3600, 0) },
	}
	write(t, config.Passwd, testPasswd)
	write(t, config.Shadow, testShadow)
	write(t, config.Group, testGroup)
	return NewPasswd(config), config
}

func write(t *testing.T, name, text string) {
	t.Helper()
	if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

func TestPasswdContract(t *testing.T) {
	passwd, config := testFiles(t)
	refused := []string{
		"root", "nobody", "+nis", "# alice", "locked", "star", "nothing", "nothing2", "expired", "unshadowed", "short",
		"odd", "halfshadow", "toor", "uid00", "ALICE", "alice:x", "x",
	}
	file := filepath.Join(filepath.Dir(config.Passwd), "apop")
	err := secrets.Edit(file, func(all map[string]string) error {
		for _, login := range append(refused, "alice") {
			all[login] = testPassword
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	pop3test.TestAuthenticator(t, pop3test.Users{
		Authenticator: passwd,
		Digest:        alone(NewPasswdAPOP(passwd, file)),
		Login:         "alice",
		Password:      testPassword,
		Account:       pop3.Account{Name: "alice", Maildrop: "/home/alice/Maildir", UID: 1000, GID: 1001},
		Refused:       refused,
	})
}

func TestPasswd(t *testing.T) {
	passwd, _ := testFiles(t)
	tests := []struct {
		name, login string
		want        *pop3.Account
		refused     error // wrapped besides answer
		answer      error // the client's reply; nil: an error that is not about the user
		log         string
	}{
		{"in shadow", "alice", &pop3.Account{Name: "alice", Maildrop: "/home/alice/Maildir", UID: 1000, GID: 1001, Groups: []int{8, 50}}, nil, nil, ""},
		{"in passwd", "here", &pop3.Account{Name: "here", Maildrop: "/home/here/Maildir", UID: 1003, GID: 1003, Groups: []int{50}}, nil, nil, ""},
		{"8-bit name, home with a slash", "Müller", &pop3.Account{Name: "Müller", Maildrop: "/home/m/Maildir", UID: 1002, GID: 1002}, nil, nil, ""},
		{"root", "root", nil, errRoot, pop3.ErrAuth, ""},
		{"another root", "toor", nil, errRoot, pop3.ErrAuth, ""},
		{"root with uid 00", "uid00", nil, errRoot, pop3.ErrAuth, ""},
		{"unknown", "mallory", nil, auth.ErrNoUser, pop3.ErrAuth, ""},
		{"comment", "# alice", nil, auth.ErrNoUser, pop3.ErrAuth, ""},
		{"other case", "Alice", nil, auth.ErrNoUser, pop3.ErrAuth, ""},
		{"locked", "locked", nil, errNoPassword, pop3.ErrAuth, ""},
		{"star", "star", nil, errNoPassword, pop3.ErrAuth, ""},
		{"empty in passwd", "nothing", nil, errNoPassword, pop3.ErrAuth, ""},
		{"empty in shadow", "nothing2", nil, errNoPassword, pop3.ErrAuth, ""},
		{"not a hash", "odd", nil, errNoPassword, pop3.ErrAuth, ""},
		{"expired", "expired", nil, errAccountExpired, pop3.ErrAuth, ""},
		{"not in shadow", "unshadowed", nil, errNoShadow, pop3.ErrAuth, ""},
		{"truncated in shadow", "halfshadow", nil, errNoShadow, pop3.ErrAuth, ""},
		{"truncated in passwd", "short", nil, errRow, pop3.ErrAuth, ""},
		{"no uid", "noid", nil, errRow, pop3.ErrPermanent, ""},
		{"uid -1", "minusone", nil, errRow, pop3.ErrPermanent, ""},
		{"no gid", "nogid", nil, errRow, pop3.ErrPermanent, ""},
		{"no home", "nohome", nil, auth.ErrMaildrop, pop3.ErrPermanent, ""},
		{"unknown hash method", "gost", nil, nil, nil, "malformed"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			account, err := passwd.Authenticate(t.Context(), pop3.Attempt{Login: test.login, Password: testPassword})
			if diff := cmp.Diff(test.want, account); diff != "" {
				t.Error(diff)
			}
			switch {
			case test.refused != nil && !(errors.Is(err, test.answer) && errors.Is(err, test.refused)):
				t.Errorf("%v, want %v and %v", err, test.refused, test.answer)
			case test.log != "" && (errors.Is(err, pop3.ErrAuth) || !strings.Contains(err.Error(), test.log)):
				t.Errorf("%v, want an error about %s", err, test.log)
			}
			_, err = passwd.Authenticate(t.Context(), pop3.Attempt{Login: test.login, Password: "wrong"})
			if test.log == "" && !errors.Is(err, pop3.ErrAuth) {
				t.Errorf("wrong password: %v", err)
			}
		})
	}
}

func TestPasswdErrorsHaveNoSecret(t *testing.T) {
	passwd, _ := testFiles(t)
	for _, login := range []string{"alice", "mallory", "gost", "expired", "root"} {
		_, err := passwd.Authenticate(t.Context(), pop3.Attempt{Login: login, Password: "wrong-secret"})
		if err == nil || strings.Contains(err.Error(), "secret") || strings.Contains(err.Error(), "$") {
			t.Errorf("%s: %v", login, err)
		}
	}
}

// TestPasswdDecoy checks that a login which cannot succeed is compared with the hash of
// another user, always the same one.
func TestPasswdDecoy(t *testing.T) {
	passwd, config := testFiles(t)
	var shadow strings.Builder
	for i := range 100 {
		fmt.Fprintf(&shadow, "u%d:$6$rounds=%d%s:19000:0:99999:7:::\n", i, 2000+i, strings.TrimPrefix(testHash, "$6$rounds=1400"))
	}
	write(t, config.Shadow, shadow.String()+testShadow)
	seen := map[string]bool{}
	for i := range 100 {
		login := fmt.Sprint("nobody", i)
		row, first, err := passwd.find(login)
		_, second, err2 := passwd.find(login)
		if err != nil || err2 != nil {
			t.Fatal(err, err2)
		}
		if row != nil || first.IsLocked() || first != second {
			t.Fatalf("%s: %+v, %+v, then %+v", login, row, first, second)
		}
		seen[first.Data] = true
	}
	if len(seen) < 10 {
		t.Errorf("only %d hashes for 100 names", len(seen))
	}
	for _, login := range []string{"locked", "star", "nothing", "odd", "unshadowed", "short", "a\x00", strings.Repeat("a", 999)} {
		row, hash, err := passwd.find(login)
		if err != nil || hash.IsLocked() || row != nil && (row.Usable || row.Refused == nil) {
			t.Errorf("%q: %+v, %+v, %v", login, row, hash, err)
		}
	}
}

func TestPasswdWithoutAnyHash(t *testing.T) {
	passwd, config := testFiles(t)
	write(t, config.Passwd, "alice:x:1000:1000::/home/alice:\n")
	write(t, config.Shadow, "alice:*:::::::\n")
	if _, err := passwd.Authenticate(t.Context(), pop3.Attempt{Login: "alice", Password: testPassword}); !errors.Is(err, pop3.ErrAuth) {
		t.Error(err)
	}
}

func TestPasswdSeesChanges(t *testing.T) {
	passwd, config := testFiles(t)
	if _, err := passwd.Authenticate(t.Context(), pop3.Attempt{Login: "alice", Password: testPassword}); err != nil {
		t.Fatal(err)
	}
	// The file is changed in place, with the same length, perhaps within the resolution
	// of its times.
	write(t, config.Shadow, strings.ReplaceAll(testShadow, "$6$", "!6$"))
	if _, err := passwd.Authenticate(t.Context(), pop3.Attempt{Login: "alice", Password: testPassword}); !errors.Is(err, pop3.ErrAuth) {
		t.Error("locked:", err)
	}
	if err := os.Remove(config.Shadow); err != nil {
		t.Fatal(err)
	}
	_, err := passwd.Authenticate(t.Context(), pop3.Attempt{Login: "alice", Password: testPassword})
	if errors.Is(err, pop3.ErrAuth) || !errors.Is(err, fs.ErrNotExist) {
		t.Error("no shadow:", err)
	}
	if _, err := passwd.Authenticate(t.Context(), pop3.Attempt{Login: "mallory", Password: testPassword}); !errors.Is(err, fs.ErrNotExist) {
		t.Error("no shadow, unknown user:", err)
	}
	write(t, config.Shadow, testShadow)
	if _, err := passwd.Authenticate(t.Context(), pop3.Attempt{Login: "alice", Password: testPassword}); err != nil {
		t.Error("shadow again:", err)
	}
}

func TestPasswdCheck(t *testing.T) {
	passwd, config := testFiles(t)
	if err := passwd.Check(); err != nil {
		t.Fatal(err)
	}
	os.Remove(config.Group)
	os.Remove(config.Shadow)
	err := passwd.Check()
	if err == nil || !strings.Contains(err.Error(), config.Group) || !strings.Contains(err.Error(), config.Shadow) {
		t.Error(err)
	}
}

func TestPasswdLookup(t *testing.T) {
	passwd, _ := testFiles(t)
	for login, want := range map[string]error{"alice": nil, "root": errRoot, "mallory": auth.ErrNoUser} {
		if _, err := alone(passwd).Lookup(t.Context(), login); !errors.Is(err, want) {
			t.Errorf("%s: %v, want %v", login, err, want)
		}
	}
}
