//go:build integration

package test

import (
	"fmt"
	"net"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"syscall"
	"testing"

	"tpops/test/daemon"
)

func TestAccessLogAndPIDFile(t *testing.T) {
	box := small(t)
	dir := t.TempDir()
	access, pid := filepath.Join(dir, "access"), filepath.Join(dir, "pid")
	d := box.start(t, "--access-log="+access, "--pid-file="+pid, "--error-interval=0", "--maildir-use-filesize=no", "--maildir-extended=no")
	if text := read(t, pid); strings.TrimSpace(text) != strconv.Itoa(d.PID()) {
		t.Errorf("pid-file has %q, want %d", text, d.PID())
	}

	s := logIn(t, d)
	before := strings.Fields(s.ok("STAT"))[1:]
	s.ok("DELE 2")
	after := strings.Fields(s.ok("STAT"))[1:]
	s.ok("QUIT")
	s = dial(t, d)
	s.ok("USER " + login)
	s.want("PASS wrong", "^-ERR")
	dial(t, d).ok("QUIT")

	const date = `\d{4}/\d\d/\d\d \d\d:\d\d:\d\d`
	want := []string{
		fmt.Sprintf(`^127\.0\.0\.1 %s %s user %s %s$`, date, date, strings.Join(before, " "), strings.Join(after, " ")),
		fmt.Sprintf(`^127\.0\.0\.1 %s %s \(user\) 0 0 0 0$`, date, date),
		fmt.Sprintf(`^127\.0\.0\.1 %s %s \(\) 0 0 0 0$`, date, date),
	}
	eventually(t, "three lines in the access log", func() bool { return strings.Count(read(t, access), "\n") == len(want) })
	// Sessions of several clients may end in any order.
	for _, pattern := range want {
		if log := read(t, access); !regexp.MustCompile("(?m)" + pattern).MatchString(log) {
			t.Errorf("no line %s in the access log\n%s", pattern, log)
		}
	}

	signal(t, d, syscall.SIGTERM)
	if _, err := d.Wait(); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(pid); err == nil {
		t.Error("pid-file is left behind")
	}
}

func TestErrorLog(t *testing.T) {
	box := small(t)
	file := filepath.Join(t.TempDir(), "errors")
	d := box.start(t, "--error-log="+file)
	if err := os.Remove(filepath.Join(box.dir, box.files(t)[0])); err != nil {
		t.Fatal(err)
	}
	if err := os.RemoveAll(box.dir); err != nil {
		t.Fatal(err)
	}
	s := logIn(t, d)
	if answer := s.ok("STAT"); answer != "+OK 0 0" {
		t.Errorf("a missing Maildir is no empty mailbox: %s", answer)
	}
	eventually(t, "the error log names the Maildir", func() bool { return strings.Contains(read(t, file), box.dir) })
}

// TestDebugKeepsSecrets logs in in every way, with debug on: the log holds the
// commands, and no password.
func TestDebugKeepsSecrets(t *testing.T) {
	box := small(t)
	d := box.start(t, "--debug", "--error-interval=0")
	s := logIn(t, d)
	s.ok("STAT")
	s.ok("QUIT")
	for _, commands := range [][]string{
		{"USER " + login, "PASS wrongsecret"},
		{"USER " + login, "pass  wrongsecret "},
		{"PASS wrongsecret"},
		{"APOP " + login + " 0123456789abcdef0123456789wrongsecret"},
		{"AUTH PLAIN AHVzZXIAd3wrongsecret"},
		{"AUTH LOGIN wrongsecret"},
	} {
		s := dial(t, d)
		for _, command := range commands {
			if _, err := s.Command(command); err != nil {
				t.Fatal(err)
			}
		}
		s.Close()
	}
	eventually(t, "all sessions are logged", func() bool { return strings.Count(d.Log(), " end ") >= 7 })
	log := d.Log()
	for _, want := range []string{"STAT", "USER " + login, "+OK"} {
		if !strings.Contains(log, want) {
			t.Errorf("%q is missing in the log:\n%s", want, log)
		}
	}
	for _, secret := range []string{password, "wrongsecret"} {
		if strings.Contains(log, secret) {
			t.Errorf("%q is in the log:\n%s", secret, log)
		}
	}
}

// TestBackground starts the server without fg: the command returns once the
// server listens, and that goes on in the background.
func TestBackground(t *testing.T) {
	box := small(t)
	dir := t.TempDir()
	addr, err := daemon.FreePort()
	if err != nil {
		t.Fatal(err)
	}
	pidFile := filepath.Join(dir, "pid")
	code, out, errs := runTPOPS(t, "--port="+addr, "--auth-type=passwd-file", "--passwd-file="+box.users,
		"--pid-file="+pidFile, "--error-log="+filepath.Join(dir, "errors"), "--syslog=none")
	if code != 0 {
		t.Fatalf("exit status %d\n%s%s", code, out, errs)
	}
	pid, err := strconv.Atoi(strings.TrimSpace(read(t, pidFile)))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { syscall.Kill(pid, syscall.SIGKILL) })
	c, err := daemon.Login(addr, login, password)
	if err != nil {
		t.Fatal(err)
	}
	c.Close()
	if err := syscall.Kill(pid, syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	eventually(t, "the server has ended", func() bool {
		conn, err := net.Dial("tcp", addr)
		if err == nil {
			conn.Close()
		}
		_, statErr := os.Stat(pidFile)
		return err != nil && statErr != nil
	})
}

func read(t *testing.T, file string) string {
	t.Helper()
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}
