//go:build integration

package daemon_test

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
	"tpops/test/fixture"
)

func TestAccessLogAndPIDFile(t *testing.T) {
	box := fixture.Small(t)
	dir := t.TempDir()
	access, pid := filepath.Join(dir, "access"), filepath.Join(dir, "pid")
	d := box.Start(t, "--access-log="+access, "--pid-file="+pid, "--error-interval=0", "--maildir-use-filesize=no", "--maildir-extended=no")
	if text := fixture.Read(t, pid); strings.TrimSpace(text) != strconv.Itoa(d.PID()) {
		t.Errorf("pid-file has %q, want %d", text, d.PID())
	}

	s := fixture.LogIn(t, d)
	before := strings.Fields(s.OK("STAT"))[1:]
	s.OK("DELE 2")
	after := strings.Fields(s.OK("STAT"))[1:]
	s.OK("QUIT")
	s = fixture.Dial(t, d)
	s.OK("USER " + fixture.User)
	s.Want("PASS wrong", "^-ERR")
	fixture.Dial(t, d).OK("QUIT")

	const date = `\d{4}/\d\d/\d\d \d\d:\d\d:\d\d`
	want := []string{
		fmt.Sprintf(`^127\.0\.0\.1 %s %s user %s %s$`, date, date, strings.Join(before, " "), strings.Join(after, " ")),
		fmt.Sprintf(`^127\.0\.0\.1 %s %s \(user\) 0 0 0 0$`, date, date),
		fmt.Sprintf(`^127\.0\.0\.1 %s %s \(\) 0 0 0 0$`, date, date),
	}
	fixture.Eventually(t, "three lines in the access log", func() bool { return strings.Count(fixture.Read(t, access), "\n") == len(want) })
	// Sessions of several clients may end in any order.
	for _, pattern := range want {
		if log := fixture.Read(t, access); !regexp.MustCompile("(?m)" + pattern).MatchString(log) {
			t.Errorf("no line %s in the access log\n%s", pattern, log)
		}
	}

	fixture.Signal(t, d, syscall.SIGTERM)
	if _, err := d.Wait(); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(pid); err == nil {
		t.Error("pid-file is not removed")
	}
}

func TestErrorLog(t *testing.T) {
	box := fixture.Small(t)
	file := filepath.Join(t.TempDir(), "errors")
	d := box.Start(t, "--error-log="+file)
	if err := os.Remove(filepath.Join(box.Dir, box.Files(t)[0])); err != nil {
		t.Fatal(err)
	}
	if err := os.RemoveAll(box.Dir); err != nil {
		t.Fatal(err)
	}
	s := fixture.LogIn(t, d)
	if answer := s.OK("STAT"); answer != "+OK 0 0" {
		t.Errorf("a missing Maildir is no empty mailbox: %s", answer)
	}
	fixture.Eventually(t, "the error log names the Maildir", func() bool { return strings.Contains(fixture.Read(t, file), box.Dir) })
}

// TestDebugKeepsSecrets logs in in every way, with debug on: the log holds the
// commands, and no password.
func TestDebugKeepsSecrets(t *testing.T) {
	box := fixture.Small(t)
	d := box.Start(t, "--debug", "--error-interval=0")
	s := fixture.LogIn(t, d)
	s.OK("STAT")
	s.OK("QUIT")
	for _, commands := range [][]string{
		{"USER " + fixture.User, "PASS wrongsecret"},
		{"USER " + fixture.User, "pass  wrongsecret "},
		{"PASS wrongsecret"},
		{"APOP " + fixture.User + " 0123456789abcdef0123456789wrongsecret"},
		{"AUTH PLAIN AHVzZXIAd3wrongsecret"},
		{"AUTH LOGIN wrongsecret"},
	} {
		s := fixture.Dial(t, d)
		for _, command := range commands {
			if _, err := s.Command(command); err != nil {
				t.Fatal(err)
			}
		}
		s.Close()
	}
	fixture.Eventually(t, "all sessions are logged", func() bool { return strings.Count(d.Log(), " end ") >= 7 })
	log := d.Log()
	for _, want := range []string{"STAT", "USER " + fixture.User, "+OK"} {
		if !strings.Contains(log, want) {
			t.Errorf("%q is missing in the log:\n%s", want, log)
		}
	}
	for _, secret := range []string{fixture.Password, "wrongsecret"} {
		if strings.Contains(log, secret) {
			t.Errorf("%q is in the log:\n%s", secret, log)
		}
	}
}

// TestBackground starts the server without fg: the command returns once the
// server listens, and that goes on in the background.
func TestBackground(t *testing.T) {
	box := fixture.Small(t)
	dir := t.TempDir()
	addr, err := daemon.FreePort()
	if err != nil {
		t.Fatal(err)
	}
	pidFile := filepath.Join(dir, "pid")
	code, out, errs := fixture.RunTPOPS(t, "--port="+addr, "--auth-type=passwd-file", "--passwd-file="+box.Users,
		"--pid-file="+pidFile, "--error-log="+filepath.Join(dir, "errors"), "--syslog=none")
	if code != 0 {
		t.Fatalf("exit status %d\n%s%s", code, out, errs)
	}
	pid, err := strconv.Atoi(strings.TrimSpace(fixture.Read(t, pidFile)))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { syscall.Kill(pid, syscall.SIGKILL) })
	c, err := daemon.Login(addr, fixture.User, fixture.Password)
	if err != nil {
		t.Fatal(err)
	}
	c.Close()
	if err := syscall.Kill(pid, syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	fixture.Eventually(t, "the server has ended", func() bool {
		conn, err := net.Dial("tcp", addr)
		if err == nil {
			conn.Close()
		}
		_, statErr := os.Stat(pidFile)
		return err != nil && statErr != nil
	})
}
