//go:build integration

package auth

import (
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"tpops/test/fixture"
)

// A program without tpops_pam reports that at startup and with --check-config.
func TestWithoutPAM(t *testing.T) {
	const service = "other" // is on every machine with PAM
	if _, err := os.Stat(filepath.Join("/etc/pam.d", service)); err != nil {
		t.Skip("PAM is not installed:", err)
	}
	for _, args := range [][]string{{"--fg", "--port=127.0.0.1:0"}, {"--check-config"}} {
		code, _, errs := fixture.RunTPOPS(t, append(args, "--auth-type=pam", "--pam-service="+service)...)
		if code != 78 || !strings.Contains(errs, "--auth-type: pam: this build is without PAM: there is neither ") {
			t.Errorf("%v: exit status %d, %s", args, code, errs)
		}
	}
}

func TestPAMServiceMissing(t *testing.T) {
	code, _, errs := fixture.RunTPOPS(t, "--check-config", "--auth-type=pam", "--pam-service=no-such-service")
	if code != 78 || !strings.Contains(errs, "--pam-service: there is no /etc/pam.d/no-such-service") {
		t.Errorf("exit status %d, %s", code, errs)
	}
}

func TestPAM(t *testing.T) { fixture.EachType(t, testPAMType) }

func testPAMType(t *testing.T, param string) {
	service := fixture.NewService(t, "auth required pam_unix.so", "account required pam_unix.so")
	u := fixture.AddSystemUser(t)
	d := fixture.StartPAM(t, service, param)
	s := fixture.Dial(t, d)
	s.OK("USER " + u.Name)
	s.Want("PASS "+u.Password, `^\+OK `+u.Name+` has 3 messages`)
	if param == "--parallel-type=fork" {
		child := fixture.Serving(t, d.PID())[0]
		fixture.Eventually(t, "PAM's process is gone", func() bool { return len(fixture.ProcessesOf(t, child)) == 0 })
	}
	s.OK("DELE 1")
	s.OK("QUIT")
	all := sequence{Daemon: d}
	all.login(t, u.Name, "wrong", isRefused)
	all.login(t, "root", u.Password, isRefused)
	all.login(t, "no-such-user", u.Password, isRefused)
	fixture.Command(t, "chage", "-E", "2020-01-01", u.Name)
	all.login(t, u.Name, u.Password, isRefused)
	for _, want := range []string{"pam: wrong password", "pam: no such user", "pam: account has expired"} {
		fixture.Eventually(t, "the log has "+want, func() bool { return strings.Contains(d.Log(), want) })
	}
}

// TestPAMEndsInChild kills PAM's process of the one child there is: another
// child serves then, with a process of its own.
func TestPAMEndsInChild(t *testing.T) {
	service := fixture.NewService(t, "auth required pam_permit.so", "account required pam_permit.so")
	u := fixture.AddSystemUser(t)
	d := fixture.StartPAM(t, service, "--parallel-type=prefork", "--min-servers=1", "--max-servers=1", "--max-use=1000000")
	all := sequence{Daemon: d}
	all.login(t, u.Name, "x", `^\+OK`)
	child := fixture.Serving(t, d.PID())[0]
	for _, pid := range fixture.ProcessesOf(t, child) {
		if err := syscall.Kill(pid, syscall.SIGKILL); err != nil {
			t.Fatal(err)
		}
	}
	fixture.Gone(t, []int{child})
	all.login(t, u.Name, "x", `^\+OK`)
	fixture.Eventually(t, "the failure is logged", func() bool { return strings.Contains(d.Log(), "PAM process failed") })
}

// A module that hangs costs its client time, and other clients no more than that:
// when the limit of hanging logins is reached, others have to try again later.
func TestPAMHangs(t *testing.T) {
	script := fixture.Write(t, "hang", "#!/bin/sh\nread -r password\ntest \"$password\" != hang || sleep 600\n")
	if err := os.Chmod(script, 0o755); err != nil {
		t.Fatal(err)
	}
	service := fixture.NewService(t, "auth required pam_exec.so expose_authtok "+script, "account required pam_permit.so")
	u := fixture.AddSystemUser(t)
	d := fixture.StartPAM(t, service, "--pam-timeout=3s", "--pam-calls=2")
	all := sequence{Daemon: d}
	all.login(t, u.Name, "x", `^\+OK`)
	stuck := []fixture.Session{fixture.Dial(t, d), fixture.Dial(t, d)}
	done := make(chan string, len(stuck))
	begun := time.Now()
	for _, s := range stuck {
		s.OK("USER " + u.Name)
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
	all.login(t, u.Name, "x", `^\+OK`)
	fixture.Eventually(t, "the failure is logged", func() bool { return strings.Contains(d.Log(), "PAM did not answer in 3s") })
}
