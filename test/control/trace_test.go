//go:build integration

package control_test

import (
	"bufio"
	"encoding/json"
	"io"
	"net"
	"os/exec"
	"strings"
	"syscall"
	"testing"

	"tpops/pkg/operator"
	"tpops/test/fixture"
)

// tracer is a running tpopsctl trace.
type tracer struct {
	cmd   *exec.Cmd
	lines chan operator.TraceLine // closed at the end
	errs  strings.Builder
}

// trace starts tpopsctl trace, and waits until the trace has begun.
func trace(t *testing.T, log func() string, args ...string) *tracer {
	t.Helper()
	before := strings.Count(log(), "trace begun")
	tr := &tracer{lines: make(chan operator.TraceLine, 1000)}
	tr.cmd = exec.CommandContext(t.Context(), fixture.Program(t, "tpopsctl"), append([]string{"trace", "--json"}, args...)...)
	tr.cmd.Stderr = &tr.errs
	out, err := tr.cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := tr.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	go func() {
		defer close(tr.lines)
		for s := bufio.NewScanner(out); s.Scan(); {
			var line operator.TraceLine
			if json.Unmarshal(s.Bytes(), &line) == nil {
				tr.lines <- line
			}
		}
	}()
	fixture.Eventually(t, "the trace begins", func() bool { return strings.Count(log(), "trace begun") > before })
	return tr
}

// until returns the lines up to the one with this text.
func (tr *tracer) until(t *testing.T, text string) (all []operator.TraceLine) {
	t.Helper()
	for line := range tr.lines {
		if all = append(all, line); line.Text == text {
			return all
		}
	}
	t.Fatalf("no line %q in %v\n%s", text, all, tr.errs.String())
	return nil
}

// stop interrupts the trace, and returns its exit code.
func (tr *tracer) stop(t *testing.T) int {
	t.Helper()
	if err := tr.cmd.Process.Signal(syscall.SIGINT); err != nil {
		t.Fatal(err)
	}
	for range tr.lines {
	}
	_ = tr.cmd.Wait() // The exit code has the result.
	return tr.cmd.ProcessState.ExitCode()
}

// TestTrace traces a real client by the user, with the lines before its login, and checks
// that neither the password nor a message is shown, and what the log says.
func TestTrace(t *testing.T) { fixture.EachType(t, testTrace) }

func testTrace(t *testing.T, parallelType string) {
	box := fixture.Small(t)
	d, socket := start(t, box, parallelType)
	tr := trace(t, d.Log, socket, "--limit=500", strings.ToUpper(fixture.User))
	out, err := exec.CommandContext(t.Context(), "curl", "-sv", "--user", fixture.User+":"+fixture.Password, "pop3://"+d.Addr+"/1").CombinedOutput()
	if err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	all := tr.until(t, "session ends: quit")
	var texts strings.Builder
	for _, l := range all {
		texts.WriteString(l.Direction + " " + l.Text + "\n")
		if l.Session != all[0].Session || l.Time.IsZero() || !strings.HasPrefix(l.Client, "127.0.0.1:") {
			t.Errorf("%+v", l)
		}
	}
	got := texts.String()
	for _, want := range []string{"- session begins\nS +OK TPOPS ready.", "C CAPA\nS +OK\nS ...", "C RETR 1\nS +OK ", "\nS ...", "C QUIT\nS +OK "} {
		if !strings.Contains(got, want) {
			t.Errorf("no %q in\n%s", want, got)
		}
	}
	if strings.Contains(got, fixture.Password) || strings.Contains(got, "Subject") {
		t.Errorf("a secret in\n%s", got)
	}
	if last := all[len(all)-1]; last.User != fixture.User {
		t.Errorf("%+v", last)
	}
	if code := tr.stop(t); code != 0 || tr.errs.String() != "" {
		t.Errorf("exit %d, %s", code, tr.errs.String())
	}
	fixture.Eventually(t, "the end is logged", func() bool {
		log := d.Log()
		return strings.Contains(log, "trace ended") && strings.Contains(log, "uid=0") && strings.Contains(log, "user="+strings.ToUpper(fixture.User))
	})
}

// TestTraceAddress checks that a client is traced whose session began before, that a name
// before the login is not shown, that --limit ends the trace, and the wrong arguments.
func TestTraceAddress(t *testing.T) {
	fixture.EachType(t, func(t *testing.T, parallelType string) {
		d, socket := start(t, fixture.Small(t), parallelType)
		s := fixture.Dial(t, d)
		tr := trace(t, d.Log, socket, "--limit=4", "127.0.0.0/8")
		s.OK("USER secretname")
		s.Want(" PASS "+fixture.Password, "^-ERR")
		var got []string
		for l := range tr.lines {
			got = append(got, l.Direction+l.Text+l.User)
		}
		if want := "CUSER (15 octets),S+OK password required,CPASS (15 octets),S-ERR invalid command"; strings.Join(got, ",") != want {
			t.Errorf("%q", got)
		}
		for _, args := range [][]string{{"--for=1ms", "x"}, {"--for=25h", "x"}, {"--limit=-1", "x"}} {
			if code, _, errs := fixture.RunTpopsctl(t, append([]string{"trace", socket}, args...)...); code != 64 {
				t.Errorf("%q: exit %d, %s", args, code, errs)
			}
		}
	})
}

// TestTraceSlowReader checks that sessions do not wait for an operator who reads nothing,
// and that one who is killed ends the trace.
func TestTraceSlowReader(t *testing.T) {
	fixture.EachType(t, func(t *testing.T, parallelType string) {
		d, socket := start(t, fixture.Small(t), parallelType)
		conn, err := net.Dial("unix", strings.TrimPrefix(socket, "--socket="))
		if err != nil {
			t.Fatal(err)
		}
		defer conn.Close()
		if _, err := io.WriteString(conn, `{"version":1,"command":"trace","arguments":{"user":"`+fixture.User+`","seconds":600}}`+"\n"); err != nil {
			t.Fatal(err)
		}
		fixture.Eventually(t, "the trace begins", func() bool { return strings.Contains(d.Log(), "trace begun") })
		other := trace(t, d.Log, socket, "127.0.0.1")
		s := fixture.LogIn(t, d)
		for range 200 {
			if _, err := io.WriteString(s.Conn, strings.Repeat("NOOP\r\n", 50)); err != nil {
				t.Fatal(err)
			}
			for range 50 {
				if line, err := s.Line(); err != nil || !strings.HasPrefix(line, "+OK") {
					t.Fatalf("%q, %v", line, err)
				}
			}
		}
		s.OK("QUIT")
		if err := other.cmd.Process.Kill(); err != nil {
			t.Fatal(err)
		}
		_ = other.cmd.Wait() // By the signal.
		fixture.Eventually(t, "the killed trace has ended", func() bool { return strings.Contains(d.Log(), "trace ended") })
	})
}
