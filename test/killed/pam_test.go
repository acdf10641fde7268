//go:build integration && amd64

package killed

import (
	"fmt"
	"os"
	"strings"
	"testing"

	"tpops/test/fixture"
)

// TestPAMKilled kills the processes that ask PAM at their system calls, during logins.
func TestPAMKilled(t *testing.T) { eachPAM(t, kill) }

// TestPAMFails makes these calls fail.
func TestPAMFails(t *testing.T) { eachPAM(t, fail) }

func eachPAM(t *testing.T, how way) {
	fixture.NeedRoot(t)
	models := []string{"thread", "prefork", "fork", "inetd"}
	n := kills(t, 2*len(models))
	for _, model := range models {
		t.Run(model, func(t *testing.T) { besiegePAM(t, model, n/len(models), how) })
	}
}

// besiegePAM catches n calls of tpops_pam, during logins.
func besiegePAM(t *testing.T, model string, n int, how way) {
	m := newPAMModel(t)
	r := &server{t: t, program: m.program, model: model, params: m.params}
	defer r.stop()
	siege{n: n, calls: 400}.run(t, func(at, round int) bool {
		m.label = fmt.Sprintf("%s with PAM round %d call %d", model, round, at)
		m.deliver(4)
		trap := how(at, round)
		trap.program = "tpops_pam"
		trap.all = trap.all && trap.fault
		caught := m.attempt(r, trap) != ""
		// Without systemd the daemon goes on, for sessions that have logged in.
		r.spoiled = r.spoiled || caught && model == "thread" && strings.Contains(r.d.Log(), "PAM process failed")
		return caught
	})
}

// newPAMModel makes a mailbox of a system user, who logs in with PAM.
func newPAMModel(t *testing.T) *model {
	m := newModel(t, 0, "--keep-deleted=7d")
	service := fixture.NewService(t, "auth required pam_unix.so", "account required pam_unix.so")
	m.program, m.user = fixture.ProgramWithPAM(t), fixture.AddSystemUser(t)
	m.box.Dir = m.user.Box.Dir
	for _, name := range m.user.Box.Files(t) {
		if err := os.Remove(m.box.Dir + "/" + name); err != nil {
			t.Fatal(err)
		}
	}
	m.params = []string{"--auth-type=pam", "--pam-service=" + service, "--syslog=none", "--keep-deleted=7d", "--error-interval=0"}
	m.deliver(4)
	return m
}
