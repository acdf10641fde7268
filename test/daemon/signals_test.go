//go:build integration

package daemon_test

import (
	"os"
	"strings"
	"syscall"
	"testing"

	"tpops/test/fixture"
)

func TestSIGHUP(t *testing.T) {
	box := fixture.Small(t)
	file := fixture.Write(t, "tpops.toml", "hostname = \"one.example\"\n")
	d := fixture.Start(t, "--config="+file, "--auth-type=passwd-file", "--passwd-file="+box.Users, "--maildir-lock=no")
	running := fixture.LogIn(t, d)

	reload := func(text, logged string) {
		t.Helper()
		before := len(d.Log())
		if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		fixture.Signal(t, d, syscall.SIGHUP)
		fixture.Eventually(t, "the log has "+logged, func() bool { return strings.Contains(d.Log()[before:], logged) })
	}

	// The passwd-file of the command line still overrides that of the file.
	reload("passwd-file = \"/nonexistent\"\nhostname = \"two.example\"\n", "configuration reloaded")
	running.OK("STAT")
	fixture.LogIn(t, d)

	// A broken file changes nothing, and the log reports where it is broken.
	reload("hostname = \"three.example\"\nmax-servrs = 3\n", file+":2:1:")
	running.OK("STAT")
	fixture.LogIn(t, d)
	running.OK("QUIT")
}

// TestSIGHUPNewUsers changes what only the file sets: it holds for new
// sessions.
func TestSIGHUPNewUsers(t *testing.T) {
	box := fixture.Small(t)
	text := "auth-type = \"passwd-file\"\npasswd-file = \"" + box.Users + "\"\nmaildir-lock = false\n"
	file := fixture.Write(t, "tpops.toml", text)
	d := fixture.Start(t, "--config="+file, "--error-interval=0")
	running := fixture.LogIn(t, d)
	other := fixture.Write(t, "users", "newuser:{PLAIN}secret:::::userdb_mail=maildir:"+box.Dir+"\n")
	if err := os.WriteFile(file, []byte(strings.ReplaceAll(text, box.Users, other)), 0o600); err != nil {
		t.Fatal(err)
	}
	fixture.Signal(t, d, syscall.SIGHUP)
	fixture.Eventually(t, "the new user may log in", func() bool {
		s := fixture.Dial(t, d)
		s.OK("USER newuser")
		answer, err := s.Command("PASS secret")
		return err == nil && strings.HasPrefix(answer, "+OK")
	})
	running.OK("RETR 1")
	s := fixture.Dial(t, d)
	s.OK("USER " + fixture.User)
	s.Want("PASS "+fixture.Password, `^-ERR \[AUTH\] authentication failed$`)
}
