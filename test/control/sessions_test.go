//go:build integration

package control_test

import (
	"encoding/json"
	"path/filepath"
	"strings"
	"testing"
	"unicode/utf8"

	"tpops/pkg/operator"
	"tpops/test/daemon"
	"tpops/test/fixture"
)

// start starts a daemon with a control socket and returns the option for tpopsctl.
func start(t *testing.T, box fixture.Mailbox, params ...string) (d *daemon.Daemon, option string) {
	t.Helper()
	path := filepath.Join(t.TempDir(), "control")
	return box.Start(t, append(params, "--syslog=none", "--control-socket="+path)...), "--socket=" + path
}

// sessions returns the sessions that tpopsctl lists.
func sessions(t *testing.T, args ...string) []operator.Session {
	t.Helper()
	code, out, errs := fixture.RunTpopsctl(t, append([]string{"sessions", "--json"}, args...)...)
	if code != 0 && code != 1 {
		t.Fatalf("exit %d, %s", code, errs)
	}
	var all []operator.Session
	for line := range strings.Lines(out) {
		var one operator.Session
		if err := json.Unmarshal([]byte(line), &one); err != nil {
			t.Fatalf("%q: %v", line, err)
		}
		all = append(all, one)
	}
	return all
}

// TestSessions checks what is listed of a session before and after its login.
func TestSessions(t *testing.T) { fixture.EachType(t, testSessions) }

func testSessions(t *testing.T, parallelType string) {
	box := fixture.Small(t)
	d, socket := start(t, box, parallelType)
	if code, out, errs := fixture.RunTpopsctl(t, "sessions", socket); code != 0 || out != "no sessions\n" {
		t.Fatalf("exit %d, %q, %s", code, out, errs)
	}
	before := fixture.Dial(t, d)
	before.OK("CAPA")
	s := fixture.LogIn(t, d)
	s.OK("DELE 2")
	all := sessions(t, socket, "--user="+fixture.User)
	if len(all) != 1 {
		t.Fatalf("%+v", all)
	}
	got := all[0]
	if got.State != "transaction" || got.Command != "DELE" || got.Working || got.Marked != 1 || got.Messages != 5 ||
		got.Path != box.Dir || got.Method != "USER" || got.Client != s.Conn.LocalAddr().String() || got.Sent == 0 || got.Received == 0 {
		t.Errorf("%+v", got)
	}
	if all := sessions(t, socket, "--address=127.0.0.0/8"); len(all) != 2 {
		t.Errorf("%+v", all)
	}
	code, out, errs := fixture.RunTpopsctl(t, socket, "sessions")
	if code != 0 || strings.Count(out, "\n") != 3 || !strings.HasPrefix(out, "SESSION ") {
		t.Errorf("exit %d, %s%s", code, out, errs)
	}
	for line := range strings.Lines(out) {
		if utf8.RuneCountInString(line) > 101 {
			t.Errorf("does not fit in 100 columns: %s", line)
		}
	}
	for option, want := range map[string]int{"--user=none": 1, "--address=192.0.2.1": 1, "--address=x": 64} {
		if code, out, _ := fixture.RunTpopsctl(t, "sessions", socket, option); code != want || out != "" {
			t.Errorf("%s: exit %d, %s", option, code, out)
		}
	}
}

// TestNotRunning checks the exit codes without a daemon.
func TestNotRunning(t *testing.T) {
	box := fixture.Small(t)
	d, socket := start(t, box)
	if err := d.Stop(); err != nil {
		t.Fatal(err)
	}
	for _, socket := range []string{socket, "--socket=" + t.TempDir() + "/none"} {
		code, _, errs := fixture.RunTpopsctl(t, "sessions", socket)
		if code != 69 || !strings.Contains(errs, "tpops is not running") {
			t.Errorf("exit %d, %s", code, errs)
		}
	}
}

// TestSessionsOfProxy checks that the server of a proxied mailbox is listed and logged.
func TestSessionsOfProxy(t *testing.T) {
	behind := fixture.Small(t).Start(t)
	socket := "--control-socket=" + filepath.Join(t.TempDir(), "control")
	front := fixture.ProxyBefore(t, behind.Addr, "--pop-server-client=none", socket)
	s := fixture.LogIn(t, front)
	defer s.OK("QUIT")
	option := strings.Replace(socket, "control-", "", 1)
	if all := sessions(t, option); len(all) != 1 || all[0].Server != behind.Addr {
		t.Errorf("%+v", all)
	}
	if code, out, errs := fixture.RunTpopsctl(t, "sessions", option); code != 0 || !strings.HasSuffix(out, " server "+behind.Addr+"\n") {
		t.Errorf("exit %d, %s%s", code, out, errs)
	}
	fixture.Eventually(t, "the login is logged", func() bool { return strings.Contains(front.Log(), " server="+behind.Addr) })
}
