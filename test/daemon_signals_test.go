//go:build integration

package test

import (
	"net"
	"os"
	"strings"
	"syscall"
	"testing"
)

func TestSIGTERMLetsSessionsFinish(t *testing.T) {
	box := small(t)
	d := box.start(t)
	s := logIn(t, d)
	s.ok("DELE 1")
	signal(t, d, syscall.SIGTERM)
	eventually(t, "no new connection is accepted", func() bool {
		conn, err := net.Dial("tcp", d.Addr)
		if err == nil {
			conn.Close()
		}
		return err != nil
	})
	s.ok("DELE 2")
	select {
	case <-d.Ended():
		t.Fatalf("the server ended before the session\n%s", d.Log())
	default:
	}
	s.ok("QUIT")
	if code, err := d.Wait(); code != 0 || err != nil {
		t.Errorf("exit status %d, %v", code, err)
	}
	if left := box.files(t); len(left) != 3 {
		t.Errorf("%d messages are left, want 3", len(left))
	}
}

func TestSIGINTEndsAtOnce(t *testing.T) {
	box := small(t)
	d := box.start(t)
	s := logIn(t, d)
	s.ok("DELE 1")
	signal(t, d, syscall.SIGINT)
	s.closed()
	if code, err := d.Wait(); code != 0 || err != nil {
		t.Errorf("exit status %d, %v", code, err)
	}
	if left := box.files(t); len(left) != 5 {
		t.Errorf("%d messages are left, want 5: there was no QUIT", len(left))
	}
}

func TestSIGHUP(t *testing.T) {
	box := small(t)
	file := write(t, "tpops.toml", "hostname = \"one.example\"\n")
	d := start(t, "--config="+file, "--auth-type=passwd-file", "--passwd-file="+box.users, "--maildir-lock=no")
	running := logIn(t, d)

	reload := func(text, logged string) {
		t.Helper()
		before := len(d.Log())
		if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		signal(t, d, syscall.SIGHUP)
		eventually(t, "the log says "+logged, func() bool { return strings.Contains(d.Log()[before:], logged) })
	}

	// The command line's passwd-file still goes before the file's.
	reload("passwd-file = \"/nonexistent\"\nhostname = \"two.example\"\n", "configuration reloaded")
	running.ok("STAT")
	logIn(t, d)

	// A broken file changes nothing, and the log says where it is broken.
	reload("hostname = \"three.example\"\nmax-servrs = 3\n", file+":2:1:")
	running.ok("STAT")
	logIn(t, d)
	running.ok("QUIT")
}

// TestSIGHUPNewUsers changes what only the file says: it holds for new
// sessions.
func TestSIGHUPNewUsers(t *testing.T) {
	box := small(t)
	text := "auth-type = \"passwd-file\"\npasswd-file = \"" + box.users + "\"\nmaildir-lock = false\n"
	file := write(t, "tpops.toml", text)
	d := start(t, "--config="+file, "--error-interval=0")
	running := logIn(t, d)
	other := write(t, "users", "newuser:{PLAIN}secret:::::userdb_mail=maildir:"+box.dir+"\n")
	if err := os.WriteFile(file, []byte(strings.ReplaceAll(text, box.users, other)), 0o600); err != nil {
		t.Fatal(err)
	}
	signal(t, d, syscall.SIGHUP)
	eventually(t, "the new user may log in", func() bool {
		s := dial(t, d)
		s.ok("USER newuser")
		answer, err := s.Command("PASS secret")
		return err == nil && strings.HasPrefix(answer, "+OK")
	})
	running.ok("RETR 1")
	s := dial(t, d)
	s.ok("USER " + login)
	s.want("PASS "+password, `^-ERR \[AUTH\] authentication failed$`)
}
