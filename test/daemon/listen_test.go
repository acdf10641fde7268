//go:build integration

package daemon_test

import (
	"net"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"tpops/test/corpus"
	"tpops/test/daemon"
	"tpops/test/fixture"
)

// TestPort: with host:port the server listens on that address only, and with
// a port on all.
func TestPort(t *testing.T) {
	box := fixture.Small(t)
	port := freePort(t)
	for _, tt := range []struct {
		param string
		other bool // whether another address is served too
	}{{"127.0.0.1:" + port, false}, {port, true}} {
		d := box.Start(t, "--port="+tt.param)
		fixture.Dial(t, d).OK("QUIT")
		conn, err := net.Dial("tcp", "127.0.0.2:"+port)
		if err == nil {
			conn.Close()
		}
		if (err == nil) != tt.other {
			t.Errorf("--port=%s: another address: %v", tt.param, err)
		}
		if err := d.Stop(); err != nil {
			t.Fatal(err)
		}
	}
}

// freePort returns a port on which nothing listens.
func freePort(t *testing.T) string {
	t.Helper()
	addr, err := daemon.FreePort()
	if err != nil {
		t.Fatal(err)
	}
	_, port, err := net.SplitHostPort(addr)
	if err != nil {
		t.Fatal(err)
	}
	return port
}

// TestLockOff: with maildir-lock = no two sessions use one mailbox.
func TestLockOff(t *testing.T) {
	d := fixture.Small(t).Start(t, "--maildir-lock=no")
	first, second := fixture.LogIn(t, d), fixture.LogIn(t, d)
	first.OK("DELE 1")
	if _, body, err := second.Multi("RETR 2"); err != nil || len(body) == 0 {
		t.Errorf("RETR: %d octets, %v", len(body), err)
	}
	first.OK("QUIT")
	second.Want("STAT", `^\+OK 5 `)
}

// TestMaildirBelowHome: the parameter maildir is a path below each user's home.
func TestMaildirBelowHome(t *testing.T) {
	fixture.NeedRoot(t) // auth-type=passwd reads /etc/shadow
	u := fixture.AddSystemUser(t)
	other := filepath.Join(filepath.Dir(u.Box.Dir), "mail", "in")
	if err := corpus.Write(other, corpus.Messages(9, 2)); err != nil {
		t.Fatal(err)
	}
	fixture.Command(t, "chown", "-R", u.Name+":", filepath.Dir(other))
	for params, want := range map[string]string{"--maildir=mail/in": "2", "--maildir=Maildir": "3", "--debug=no": "3"} {
		d := fixture.Start(t, "--auth-type=passwd", params)
		s := fixture.Dial(t, d)
		s.OK("USER " + u.Name)
		s.Want("PASS "+u.Password, `^\+OK `+u.Name+` has `+want+` messages`)
		s.OK("QUIT")
	}
}

// TestUserWithoutShadow: a server that is no longer root cannot look up system
// users' passwords. It reports that at startup, and no user can log in.
func TestUserWithoutShadow(t *testing.T) {
	fixture.NeedRoot(t)
	u := fixture.AddSystemUser(t)
	code, _, stderr := fixture.RunTPOPS(t, "--fg", "--port=127.0.0.1:0", "--syslog=none", "--auth-type=passwd",
		"--user="+u.Name, "--group="+strconv.Itoa(u.GID))
	if code == 0 || !strings.Contains(stderr, "/etc/shadow") {
		t.Errorf("exit status %d\n%s", code, stderr)
	}
}

// Without further parameters the server listens at its port alone.
func TestListensNowhereElse(t *testing.T) {
	d := fixture.Small(t).Start(t)
	if got := daemon.ListeningPorts(d.PID()); len(got) != 1 || strconv.Itoa(got[0]) != d.Port {
		t.Errorf("listens at %v, and its port is %s", got, d.Port)
	}
}
