//go:build integration

package test

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"tpops/test/daemon"
)

// A program without tpops_pam says so at the start and to --check-config.
func TestWithoutPAM(t *testing.T) {
	const service = "other" // is on every machine with PAM
	if _, err := os.Stat(filepath.Join("/etc/pam.d", service)); err != nil {
		t.Skip("PAM is not installed:", err)
	}
	for _, args := range [][]string{{"--fg", "--port=127.0.0.1:0"}, {"--check-config"}} {
		code, _, errs := runTPOPS(t, append(args, "--auth-type=pam", "--pam-service="+service)...)
		if code != 78 || !strings.Contains(errs, "--auth-type: pam: this build is without PAM: there is neither ") {
			t.Errorf("%v: exit status %d, %s", args, code, errs)
		}
	}
}

func TestPAMServiceMissing(t *testing.T) {
	code, _, errs := runTPOPS(t, "--check-config", "--auth-type=pam", "--pam-service=no-such-service")
	if code != 78 || !strings.Contains(errs, "--pam-service: there is no /etc/pam.d/no-such-service") {
		t.Errorf("exit status %d, %s", code, errs)
	}
}

// withPAM returns a server beside which there is tpops_pam.
func withPAM(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	self := filepath.Join(dir, "tpops")
	command(t, "cp", program(t, "tpops"), self)
	build := exec.CommandContext(t.Context(), "go", "build", "-buildvcs=false", "-tags", "pam", "-o", filepath.Join(dir, "tpops_pam"), "../cmd/tpops_pam")
	build.Env = append(os.Environ(), "CGO_ENABLED=1")
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	return self
}

// newService adds a service to this machine for the time of the test, which
// only root can.
func newService(t *testing.T, lines ...string) (name string) {
	t.Helper()
	needRoot(t)
	file, err := os.CreateTemp("/etc/pam.d", "tpops-test-")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.Remove(file.Name()) })
	if _, err := file.WriteString(strings.Join(lines, "\n") + "\n"); err != nil {
		t.Fatal(err)
	}
	if err := file.Close(); err != nil {
		t.Fatal(err)
	}
	return filepath.Base(file.Name())
}

// startPAM starts a server for the users of a service.
func startPAM(t *testing.T, service string, params ...string) *daemon.Daemon {
	t.Helper()
	d, err := daemon.Start(withPAM(t), append([]string{"--auth-type=pam", "--pam-service=" + service, "--error-interval=0"}, params...)...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := d.Stop(); err != nil {
			t.Errorf("stop the server: %v", err)
		}
	})
	return d
}

func TestPAM(t *testing.T) { eachType(t, testPAMType) }

func testPAMType(t *testing.T, param string) {
	service := newService(t, "auth required pam_unix.so", "account required pam_unix.so")
	u := addSystemUser(t)
	d := startPAM(t, service, param)
	s := dial(t, d)
	s.ok("USER " + u.name)
	s.want("PASS "+u.password, `^\+OK `+u.name+` has 3 messages`)
	if param == "--parallel-type=fork" {
		child := serving(t, d.PID())[0]
		eventually(t, "PAM's process is gone", func() bool { return len(processesOf(t, child)) == 0 })
	}
	s.ok("DELE 1")
	s.ok("QUIT")
	all := sequence{Daemon: d}
	all.login(t, u.name, "wrong", isRefused)
	all.login(t, "root", u.password, isRefused)
	all.login(t, "no-such-user", u.password, isRefused)
	command(t, "chage", "-E", "2020-01-01", u.name)
	all.login(t, u.name, u.password, isRefused)
	for _, want := range []string{"pam: wrong password", "pam: no such user", "pam: account has expired"} {
		eventually(t, "the log has "+want, func() bool { return strings.Contains(d.Log(), want) })
	}
}

// TestPAMEndsInChild kills PAM's process of the one child there is: another
// child serves then, with a process of its own.
func TestPAMEndsInChild(t *testing.T) {
	service := newService(t, "auth required pam_permit.so", "account required pam_permit.so")
	u := addSystemUser(t)
	d := startPAM(t, service, "--parallel-type=prefork", "--min-servers=1", "--max-servers=1", "--max-use=1000000")
	all := sequence{Daemon: d}
	all.login(t, u.name, "x", `^\+OK`)
	child := serving(t, d.PID())[0]
	for _, pid := range processesOf(t, child) {
		if err := syscall.Kill(pid, syscall.SIGKILL); err != nil {
			t.Fatal(err)
		}
	}
	gone(t, []int{child})
	all.login(t, u.name, "x", `^\+OK`)
	eventually(t, "the log tells", func() bool { return strings.Contains(d.Log(), "PAM process failed") })
}

// A module that hangs costs its client time, and nobody else more than that:
// when as many hang as may, others are told to come back.
func TestPAMHangs(t *testing.T) {
	script := write(t, "hang", "#!/bin/sh\nread -r password\ntest \"$password\" != hang || sleep 600\n")
	if err := os.Chmod(script, 0o755); err != nil {
		t.Fatal(err)
	}
	service := newService(t, "auth required pam_exec.so expose_authtok "+script, "account required pam_permit.so")
	u := addSystemUser(t)
	d := startPAM(t, service, "--pam-timeout=3s", "--pam-calls=2")
	all := sequence{Daemon: d}
	all.login(t, u.name, "x", `^\+OK`)
	stuck := []session{dial(t, d), dial(t, d)}
	done := make(chan string, len(stuck))
	begun := time.Now()
	for _, s := range stuck {
		s.ok("USER " + u.name)
		go func() {
			answer, err := s.Command("PASS hang")
			if err != nil {
				answer = err.Error()
			}
			done <- answer
		}()
	}
	for range stuck {
		if answer := <-done; !strings.HasPrefix(answer, "-ERR [SYS/TEMP]") {
			t.Errorf("hangs: %s", answer)
		}
	}
	if took := time.Since(begun); took < 3*time.Second || took > time.Minute {
		t.Errorf("took %v", took)
	}
	all.login(t, u.name, "x", `^\+OK`)
	eventually(t, "the log tells", func() bool { return strings.Contains(d.Log(), "PAM did not answer in 3s") })
}
