//go:build integration

package daemon_test

import (
	"net"
	"os"
	"strings"
	"syscall"
	"testing"

	"tpops/test/fixture"
)

func TestSIGTERMLetsSessionsFinish(t *testing.T) {
	box := fixture.Small(t)
	d := box.Start(t)
	s := fixture.LogIn(t, d)
	s.OK("DELE 1")
	fixture.Signal(t, d, syscall.SIGTERM)
	fixture.Eventually(t, "no new connection is accepted", func() bool {
		conn, err := net.Dial("tcp", d.Addr)
		if err == nil {
			conn.Close()
		}
		return err != nil
	})
	s.OK("DELE 2")
	select {
	case <-d.Ended():
		t.Fatalf("the server ended before the session\n%s", d.Log())
	default:
	}
	s.OK("QUIT")
	if code, err := d.Wait(); code != 0 || err != nil {
		t.Errorf("exit status %d, %v", code, err)
	}
	if left := box.Files(t); len(left) != 3 {
		t.Errorf("%d messages are left, want 3", len(left))
	}
}

func TestSIGINTEndsAtOnce(t *testing.T) {
	box := fixture.Small(t)
	d := box.Start(t)
	s := fixture.LogIn(t, d)
	s.OK("DELE 1")
	fixture.Signal(t, d, syscall.SIGINT)
	s.Closed()
	if code, err := d.Wait(); code != 0 || err != nil {
		t.Errorf("exit status %d, %v", code, err)
	}
	if left := box.Files(t); len(left) != 5 {
		t.Errorf("%d messages are left, want 5: there was no QUIT", len(left))
	}
}

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
		fixture.Eventually(t, "the log says "+logged, func() bool { return strings.Contains(d.Log()[before:], logged) })
	}

	// The command line's passwd-file still goes before the file's.
	reload("passwd-file = \"/nonexistent\"\nhostname = \"two.example\"\n", "configuration reloaded")
	running.OK("STAT")
	fixture.LogIn(t, d)

	// A broken file changes nothing, and the log says where it is broken.
	reload("hostname = \"three.example\"\nmax-servrs = 3\n", file+":2:1:")
	running.OK("STAT")
	fixture.LogIn(t, d)
	running.OK("QUIT")
}

// TestSIGHUPNewUsers changes what only the file says: it holds for new
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
