//go:build integration

package test

import (
	"errors"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"
	"testing"
	"time"

	"tpops/test/corpus"
	"tpops/test/daemon"
)

// runTPOPS runs the program to its end.
func runTPOPS(t *testing.T, args ...string) (code int, stdout, stderr string) {
	t.Helper()
	var out, errs strings.Builder
	cmd := exec.CommandContext(t.Context(), program(t, "tpops"), args...)
	cmd.Stdout, cmd.Stderr = &out, &errs
	err := cmd.Run()
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		t.Fatal(err)
	}
	return cmd.ProcessState.ExitCode(), out.String(), errs.String()
}

// small is a mailbox with a few messages.
func small(t *testing.T) mailbox {
	t.Helper()
	return newMailbox(t, corpus.Messages(1, 5))
}

// session is a client that ends the test at each trouble with the connection.
type session struct {
	*daemon.Client
	t *testing.T
}

// dial connects and reads the greeting.
func dial(t *testing.T, d *daemon.Daemon) session {
	t.Helper()
	c, greeting, err := daemon.Dial(d.Addr)
	if err != nil {
		t.Fatalf("%v\n%s", err, d.Log())
	}
	t.Cleanup(func() { c.Close() })
	if !strings.HasPrefix(greeting, "+OK TPOPS ready.") {
		t.Fatalf("greeting %q", greeting)
	}
	return session{c, t}
}

// logIn connects and logs in.
func logIn(t *testing.T, d *daemon.Daemon) session {
	t.Helper()
	s := dial(t, d)
	s.ok("USER " + login)
	s.ok("PASS " + password)
	return s
}

// ok sends a command, which has to succeed, and returns the answer.
func (s session) ok(command string) string {
	s.t.Helper()
	return s.want(command, `^\+OK`)
}

// want sends a command and checks the first line of the answer.
func (s session) want(command, pattern string) string {
	s.t.Helper()
	answer, err := s.Command(command)
	if err != nil {
		s.t.Fatalf("%s: %v", command, err)
	}
	if !regexp.MustCompile(pattern).MatchString(answer) {
		s.t.Fatalf("%s: answer %q, want %s", command, answer, pattern)
	}
	return answer
}

// closed waits until the server has closed the connection.
func (s session) closed() {
	s.t.Helper()
	if rest, err := io.ReadAll(s.Conn); errors.Is(err, os.ErrDeadlineExceeded) {
		s.t.Fatalf("the server does not close the connection; it sent %q", rest)
	}
}

// signal sends a signal to the daemon.
func signal(t *testing.T, d *daemon.Daemon, sig syscall.Signal) {
	t.Helper()
	if err := d.Signal(sig); err != nil {
		t.Fatal(err)
	}
}

// eventually waits until the condition holds. It is for what another process
// does in its own time and tells nobody.
func eventually(t *testing.T, what string, condition func() bool) {
	t.Helper()
	for deadline := time.Now().Add(time.Minute); time.Now().Before(deadline); time.Sleep(10 * time.Millisecond) {
		if condition() {
			return
		}
	}
	t.Fatalf("not within a minute: %s", what)
}

// write writes a file in a folder of its own and returns its path.
func write(t *testing.T, name, text string) string {
	t.Helper()
	file := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return file
}

// needRoot skips the test for others.
func needRoot(t *testing.T) {
	t.Helper()
	if os.Getuid() != 0 {
		t.Skip("only root can become another user")
	}
}

// listen starts a program that listens at a port and stays in the foreground,
// and stops it when the test ends.
func listen(t *testing.T, cmd *exec.Cmd) {
	t.Helper()
	cmd.Stdout, cmd.Stderr = t.Output(), t.Output()
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = cmd.Process.Signal(syscall.SIGTERM) // It may have ended.
		_ = cmd.Wait()                          // By the signal.
	})
	eventually(t, cmd.Path+" listens", func() bool { return daemon.ListeningPort(cmd.Process.Pid) != 0 })
}
