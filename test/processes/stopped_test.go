//go:build integration

package processes

import (
	"os/exec"
	"strconv"
	"syscall"
	"testing"

	"tpops/test/fixture"
)

// TestStoppedPlaces stops and kills processes of sessions, as their user may: the
// place of each is free again.
func TestStoppedPlaces(t *testing.T) {
	fixture.NeedRoot(t)
	for _, kind := range []string{"prefork", "fork"} {
		t.Run(kind, func(t *testing.T) {
			u := fixture.AddSystemUser(t)
			users := fixture.OwnUsers(t, u)
			params := []string{"--parallel-type=" + kind, "--user=" + u.Name, "--group=" + strconv.Itoa(u.GID),
				"--auth-type=passwd-file", "--passwd-file=" + users, "--max-servers=1"}
			if kind == "prefork" {
				params = append(params, "--min-servers=1")
			}
			d := fixture.Start(t, params...)
			for _, name := range []string{"STOP", "KILL", "STOP"} {
				fixture.LogIn(t, d)
				pids := fixture.Serving(t, d.PID())
				if len(pids) != 1 {
					t.Fatalf("processes %v, want one", pids)
				}
				kill := exec.Command("kill", "-"+name, strconv.Itoa(pids[0]))
				kill.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: uint32(u.UID), Gid: uint32(u.GID)}}
				if out, err := kill.CombinedOutput(); err != nil {
					t.Fatalf("kill: %v: %s", err, out)
				}
			}
			fixture.LogIn(t, d).OK("QUIT")
		})
	}
}
