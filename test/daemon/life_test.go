//go:build integration

package daemon_test

import (
	"bufio"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"

	"tpops/test/daemon"
	"tpops/test/fixture"
)

// A successor that has written its number into the pid-file keeps it, whenever
// the one before ends.
func TestPIDFileOfSuccessor(t *testing.T) {
	box := fixture.Small(t)
	file := filepath.Join(t.TempDir(), "pid")
	first := fixture.Start(t, box.Params("--pid-file="+file)...)
	s := fixture.LogIn(t, first)
	fixture.Signal(t, first, syscall.SIGTERM)
	fixture.Eventually(t, "the port is closed", func() bool {
		c, _, err := daemon.Dial(first.Addr)
		if err == nil {
			c.Close()
		}
		return err != nil
	})
	second := fixture.Start(t, box.Params("--pid-file="+file)...)
	s.OK("QUIT")
	if _, err := first.Wait(); err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(file)
	if got := strings.TrimSpace(string(text)); err != nil || got != strconv.Itoa(second.PID()) {
		t.Errorf("the file has %q, %v, want %d", got, err, second.PID())
	}
}

// A log without a reader ends no session.
func TestBrokenLogPipe(t *testing.T) {
	box := fixture.Small(t)
	addr, err := daemon.FreePort()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(fixture.Program(t, "tpops"), box.Params("--fg", "--port="+addr)...)
	log, err := cmd.StderrPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	defer cmd.Wait()
	defer cmd.Process.Signal(syscall.SIGINT)
	lines := bufio.NewScanner(log)
	for lines.Scan() && !strings.Contains(lines.Text(), "listening") {
	}
	if err := log.Close(); err != nil {
		t.Fatal(err)
	}
	for range 3 {
		c, err := daemon.Login(addr, fixture.User, fixture.Password)
		if err != nil {
			t.Fatal(err)
		}
		if answer, err := c.Command("QUIT"); err != nil || !strings.HasPrefix(answer, "+OK") {
			t.Errorf("%q, %v", answer, err)
		}
		c.Close()
	}
}

// SIGTERM ends the one session of an inetd process, without a reply that the client could
// take for the one to its next command, and the logs have its end.
func TestInetdSIGTERM(t *testing.T) {
	box := fixture.Small(t)
	access := filepath.Join(t.TempDir(), "access")
	s, cmd := fixture.StartInetd(t, box.Params("--access-log="+access)...)
	s.OK("USER " + fixture.User)
	s.OK("PASS " + fixture.Password)
	s.OK("DELE 1")
	if err := cmd.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	s.Silent()
	if err := cmd.Wait(); err != nil {
		t.Errorf("exit: %v", err)
	}
	text, err := os.ReadFile(access)
	if fields := strings.Fields(string(text)); err != nil || len(fields) != 10 || fields[6] != fields[8] {
		t.Errorf("access log: %q, %v", text, err)
	}
}

// What the daemon reads and writes as another user it can read and write again
// after SIGHUP; what it could not is refused at the start.
func TestReloadAsUser(t *testing.T) {
	fixture.NeedRoot(t)
	box := fixture.Small(t)
	dir, err := os.MkdirTemp("", "tpops-logs-")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	fixture.Command(t, "chmod", "-R", "a+rX", box.Dir)
	users := filepath.Join(dir, "users")
	if err := daemon.WriteUsers(users, daemon.User{Login: fixture.User, Password: "{PLAIN}" + fixture.Password, Maildir: box.Dir}); err != nil {
		t.Fatal(err)
	}
	access, usage := filepath.Join(dir, "access"), filepath.Join(dir, "usage")
	params := []string{"--auth-type=passwd-file", "--passwd-file=" + users, "--syslog=none", "--access-log=" + access, "--usage-file=" + usage, "--user=nobody"}
	if d, err := daemon.Start(fixture.Program(t, "tpops"), params...); err == nil {
		_ = d.Stop()
		t.Fatal("it starts with users that it could not read again")
	}
	fixture.Command(t, "chown", "-R", "nobody:", dir)
	d := fixture.Start(t, params...)
	fixture.Dial(t, d).OK("QUIT")
	fixture.Eventually(t, "a line in the access log", func() bool { return size(access) > 0 })
	if info, err := os.Stat(usage); err != nil || info.Mode() != 0o600 {
		t.Errorf("the file with personal data: %v, %v", info, err)
	}
	if err := os.Rename(access, access+".1"); err != nil {
		t.Fatal(err)
	}
	fixture.Signal(t, d, syscall.SIGHUP)
	fixture.Eventually(t, "the configuration is read", func() bool { return strings.Contains(d.Log(), "configuration reloaded") })
	fixture.Dial(t, d).OK("QUIT")
	fixture.Eventually(t, "a line in the new access log", func() bool { return size(access) > 0 })
}

// size returns the size of a file in octets, 0 if there is none.
func size(file string) int64 {
	info, err := os.Stat(file)
	if err != nil {
		return 0
	}
	return info.Size()
}
