//go:build integration

package control_test

import (
	"fmt"
	"os/exec"
	"strings"
	"syscall"
	"testing"
	"unicode/utf8"

	"tpops/test/daemon"
	"tpops/test/fixture"
)

// TestTop checks that top shows sessions, sorts and filters them, ends the one under the
// cursor after a question, and restores the terminal.
func TestTop(t *testing.T) {
	box := fixture.Small(t)
	name := "z\u009bJ\u202e漢字"
	addRow(t, box, name+":{PLAIN}x:::::userdb_mail=maildir:"+fixture.Small(t).Dir)
	d, socket := start(t, box)
	s := fixture.LogIn(t, d)
	hostile := fixture.Dial(t, d)
	hostile.OK("USER " + name)
	hostile.OK("PASS x")
	x := startTerminal(t, []string{"TERM=xterm", "LANG=C.UTF-8", "LC_ALL=C.UTF-8"}, 110, 24, "top", socket)
	x.shows(`sessions: 2, order: rate(?s:.*)USER  +CLIENT`)
	x.shows(`z\\u009bJ\\u202e漢? `)
	x.press("u")
	x.shows(`order: user(?s:.*)` + fixture.User + `(?s:.*)z.u009b`)
	x.press("u")
	x.shows(`order: user \(reverse\)(?s:.*)z.u009b(?s:.*)` + fixture.User)
	x.press("/" + fixture.User + "\r")
	x.shows(`sessions: 2, selected: 1`)
	x.press("\x1b[B" + "k")
	x.shows(`end session \S+ \(` + fixture.User)
	x.press("n")
	s.OK("NOOP")
	x.press("ky")
	x.shows(`: ended`)
	s.Closed()
	x.press("p")
	x.shows("paused")
	x.press("q")
	x.ends(0)
}

// TestTopEnds checks that the terminal is restored however top ends.
func TestTopEnds(t *testing.T) {
	box := fixture.Small(t)
	for _, test := range []struct {
		name string
		code int
		end  func(x *terminal, d *daemon.Daemon)
	}{
		{"^C", 0, func(x *terminal, _ *daemon.Daemon) { x.press("\x03") }},
		{"SIGTERM", 75, func(x *terminal, _ *daemon.Daemon) { kill(t, x, syscall.SIGTERM) }},
		{"SIGHUP", 75, func(x *terminal, _ *daemon.Daemon) { kill(t, x, syscall.SIGHUP) }},
		{"daemon", 69, func(_ *terminal, d *daemon.Daemon) { _ = d.Stop() }},
	} {
		t.Run(test.name, func(t *testing.T) {
			d, socket := start(t, box)
			x := startTerminal(t, []string{"TERM=xterm"}, 100, 24, "top", socket)
			x.shows("sessions: 0")
			test.end(x, d)
			x.ends(test.code)
		})
	}
}

func kill(t *testing.T, x *terminal, sig syscall.Signal) {
	t.Helper()
	if err := x.cmd.Process.Signal(sig); err != nil {
		t.Fatal(err)
	}
}

// TestTopNarrow checks terminals that are small, or not for UTF-8.
func TestTopNarrow(t *testing.T) {
	d, socket := start(t, fixture.Small(t))
	fixture.LogIn(t, d)
	for size, part := range map[[2]uint16]string{{1, 1}: "q", {20, 3}: "(?s)s.*U", {30, 5}: "(?s)s.*U", {400, 100}: "(?s)s.*U"} {
		t.Run(fmt.Sprint(size), func(t *testing.T) {
			x := startTerminal(t, []string{"TERM=linux", "LC_ALL=C", "NO_COLOR=1"}, size[0], size[1], "top", socket)
			x.shows(part)
			x.press("q")
			<-x.read
			_ = x.cmd.Wait() // ProcessState has the result.
			if code := x.cmd.ProcessState.ExitCode(); code != 0 {
				t.Errorf("exit %d: %q", code, x.output.String())
			}
		})
	}
}

// TestTopOnce checks the table without a terminal.
func TestTopOnce(t *testing.T) {
	d, socket := start(t, fixture.Small(t))
	fixture.LogIn(t, d)
	code, out, errs := fixture.RunTpopsctl(t, "top", socket, "--sort=messages")
	if code != 0 || strings.Count(out, "\n") != 2 || !strings.HasPrefix(out, "USER ") || !strings.Contains(out, fixture.User) {
		t.Errorf("exit %d, %s%s", code, out, errs)
	}
	for line := range strings.Lines(out) {
		if utf8.RuneCountInString(line) > 101 {
			t.Errorf("does not fit in 100 columns: %s", line)
		}
	}
	if code, _, errs := fixture.RunTpopsctl(t, "top", socket, "--sort=name"); code != 64 {
		t.Errorf("exit %d, %s", code, errs)
	}
	code, out, _ = fixture.RunTpopsctl(t, "top", socket, "--json", "--user="+fixture.User)
	if code != 0 || !strings.Contains(out, `"rate":`) {
		t.Errorf("exit %d, %s", code, out)
	}
	for _, term := range []string{"dumb", "unheard-of"} {
		x := startTerminal(t, []string{"TERM=" + term}, 100, 24, "top", socket)
		<-x.read
		_ = x.cmd.Wait() // ProcessState has the result.
		if code := x.cmd.ProcessState.ExitCode(); code != 0 || strings.Contains(x.output.String(), "\x1b") {
			t.Errorf("%s: exit %d, %q", term, code, x.output.String())
		}
	}
}

// TestTopAbandoned checks that top ends when its terminal goes away.
func TestTopAbandoned(t *testing.T) {
	_, socket := start(t, fixture.Small(t))
	x := startTerminal(t, []string{"TERM=xterm"}, 100, 24, "top", socket)
	x.shows("sessions: 0")
	x.master.Close()
	if err := x.cmd.Wait(); err == nil {
		t.Error("exit 0")
	} else if _, ok := err.(*exec.ExitError); !ok {
		t.Error(err)
	}
}
