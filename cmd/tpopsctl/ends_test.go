package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"tpops/pkg/maildir"
	"tpops/pkg/migrate"
)

// programVariable has the test binary be the program: a signal ends a process.
const programVariable = "TPOPSCTL_TEST_PROGRAM"

func TestMain(m *testing.M) {
	if os.Getenv(programVariable) != "" {
		main()
	}
	os.Exit(m.Run())
}

// program returns a process of the program that has not been started yet, and its standard error.
func program(t *testing.T, args ...string) (*exec.Cmd, *strings.Builder) {
	t.Helper()
	cmd, errs := exec.CommandContext(t.Context(), "/proc/self/exe", args...), &strings.Builder{}
	cmd.Env = append(os.Environ(), programVariable+"=yes")
	cmd.Stderr = errs
	return cmd, errs
}

// TestFullOutput checks that each subcommand fails if its output cannot be written.
func TestFullOutput(t *testing.T) {
	t.Chdir(t.TempDir())
	dir, err := os.Getwd()
	if err != nil {
		t.Fatal(err)
	}
	makeMaildir(t, "box", "1.a")
	writeTest(t, "old", "port 1110\n")
	writeTest(t, "list", "ann secret\n")
	writeTest(t, "c.toml", "auth-type = \"passwd-file\"\npasswd-file = \""+dir+"/users\"\nmail-roots = \""+dir+"\"\nkeep-deleted = \"1d\"\n")
	writeTest(t, "users", "ann:{PLAIN}x::::"+dir+"/box::maildir="+dir+"/box\n")
	calls := []string{
		"--help", "--version", "accept -f c.toml box", "deleted --maildir box -f c.toml", "doctor box",
		"doctor --json box", "expire-deleted -f c.toml box", "import-config old", "import --from qmail box", "export --to dovecot box",
		"tripwire -f c.toml box", "import-passwd list new",
	}
	for _, c := range subcommands() {
		calls = append(calls, c.name+" --help")
	}
	full, err := os.OpenFile("/dev/full", os.O_WRONLY, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer full.Close()
	for _, args := range calls {
		var errs strings.Builder
		code := run(strings.Fields(args), streams{strings.NewReader(""), full, &errs})
		if code != exitCantCreate || strings.Count(errs.String(), "no space left on device") != 1 {
			t.Errorf("%s: exit %d, %s", args, code, errs.String())
		}
	}
}

// TestClosedOutput checks that a program that closes the pipe, such as head, ends tpopsctl by
// SIGPIPE, as it ends other programs.
func TestClosedOutput(t *testing.T) {
	for _, args := range []string{"--help", "doctor --help", "--version"} {
		r, w, err := os.Pipe()
		if err != nil {
			t.Fatal(err)
		}
		cmd, errs := program(t, strings.Fields(args)...)
		cmd.Stdout = w
		_ = r.Close()
		err = cmd.Run()
		_ = w.Close()
		if got := endOf(err); got != syscall.SIGPIPE || errs.String() != "" {
			t.Errorf("%s: %v, %s", args, err, errs.String())
		}
	}
}

// endOf returns the signal that has ended a process, 0 if none has.
func endOf(err error) syscall.Signal {
	var exit *exec.ExitError
	if errors.As(err, &exit) && exit.Sys().(syscall.WaitStatus).Signaled() {
		return exit.Sys().(syscall.WaitStatus).Signal()
	}
	return 0
}

// TestSignals checks the exit code and the text after a signal, while the daemon does not answer.
func TestSignals(t *testing.T) {
	path := filepath.Join(t.TempDir(), "control")
	l, err := net.Listen("unix", path)
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	for _, test := range []struct {
		args   string
		signal syscall.Signal
		code   int
	}{
		{"sessions", syscall.SIGTERM, exitTemporary}, {"ban list", syscall.SIGINT, exitTemporary}, {"check ann", syscall.SIGINT, exitTemporary},
		{"top", syscall.SIGINT, exitTemporary}, {"trace ann", syscall.SIGINT, 0},
	} {
		cmd, errs := program(t, append(strings.Fields(test.args), "--socket="+path)...)
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		signalWhenAsked(t, l, cmd.Process, test.signal)
		_ = cmd.Wait() // The exit code has the result.
		text := "tpopsctl: interrupted: run it again\n"
		if test.code == 0 {
			text = ""
		}
		if code := cmd.ProcessState.ExitCode(); code != test.code || errs.String() != text {
			t.Errorf("%s, %v: exit %d, %s", test.args, test.signal, code, errs.String())
		}
	}
}

// signalWhenAsked sends a signal to a process that waits for the answer to a request.
func signalWhenAsked(t *testing.T, l net.Listener, to *os.Process, signal os.Signal) {
	t.Helper()
	conn, err := l.Accept()
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	if _, err := io.WriteString(conn, `{"hello":{"protocol":1,"version":"test","type":"thread"}}`+"\n"); err != nil {
		t.Fatal(err)
	}
	if _, err := conn.Read(make([]byte, 1)); err != nil {
		t.Fatal(err)
	}
	if err := to.Signal(signal); err != nil {
		t.Fatal(err)
	}
	_, _ = io.Copy(io.Discard, conn) // until the process has ended
}

// TestInterruptedMailbox checks the result after a signal that ended the work on a mailbox: that is
// no fault of the mailbox.
func TestInterruptedMailbox(t *testing.T) {
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	var out, errs strings.Builder
	printed := newReports(2, false, streams{nil, &out, &errs})
	totals := doctorTotals{isNamed: true}
	totals.report(printed, examined{job: migrate.Job{Maildir: "/box"}, err: ended.Err()})
	if out.Len() > 0 || totals.mailboxes > 0 {
		t.Errorf("%q, %+v", out.String(), totals)
	}
	undone := undone{job: migrate.Job{Maildir: "/box"}, err: fmt.Errorf("/box: %w", ended.Err())}
	undo := &undoTotals{reports: printed}
	(&undoOptions{}).report(undone, undo, streams{nil, &out, &errs})
	if out.Len()+errs.Len() > 0 || undo.failed > 0 {
		t.Errorf("undo: %q, %q, %+v", out.String(), errs.String(), undo)
	}
	for _, test := range []struct {
		ctx                     context.Context
		reported, failed, count int
		want                    int
	}{
		{t.Context(), 2, 0, 2, 0}, {t.Context(), 2, 1, 2, exitPart}, {ended, 1, 0, 2, exitTemporary}, {ended, 2, 1, 2, exitTemporary},
		{ended, 2, 0, 2, 0}, // The signal came too late.
	} {
		code := 0
		var failure *failure
		if err := mailboxResult(test.ctx, test.reported, test.failed, test.count); errors.As(err, &failure) {
			code = failure.code
		}
		if code != test.want {
			t.Errorf("%+v: exit %d", test, code)
		}
	}
}

// TestInterruptedTripwire checks that a mailbox is not reported that a signal has cut short.
func TestInterruptedTripwire(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	look := func(j migrate.Job) error {
		cancel()
		return fmt.Errorf("%s: %w", j.Maildir, ctx.Err())
	}
	var out, errs strings.Builder
	err := (&tripwireOptions{jobs: 1}).eachMailbox(ctx, []migrate.Job{{Maildir: "/box"}, {Maildir: "/two"}}, look, streams{nil, &out, &errs})
	const want = "interrupted: 2 mailboxes were not looked at; run it again"
	if err == nil || err.Error() != want || out.String() != "mailboxes: 0 ok, 0 no Maildir, 0 would be refused, 0 failed\n" {
		t.Errorf("%v, %q, %q", err, out.String(), errs.String())
	}
}

// TestUndoWithoutLog checks that a missing record is reported, without journald and a system log.
func TestUndoWithoutLog(t *testing.T) {
	for _, syslog := range []string{"", "none"} {
		var out, errs strings.Builder
		s := streams{nil, &out, &errs}
		o := &undoOptions{}
		totals := &undoTotals{reports: newReports(1, false, s), journal: filepath.Join(t.TempDir(), "none"), syslog: syslog}
		o.report(undone{job: migrate.Job{Maildir: "/m/ann"}, messages: []maildir.Undeleted{{DeletedMessage: maildir.DeletedMessage{UIDL: "u1"}}}}, totals, s)
		if err := totals.closeLog(); err != nil {
			t.Error(err)
		}
		if !strings.HasPrefix(errs.String(), "the journal has no record of this: ") || !strings.Contains(out.String(), "u1: put back\n") {
			t.Errorf("%q: %q, %q", syslog, out.String(), errs.String())
		}
	}
}
