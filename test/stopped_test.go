//go:build integration

package test

import (
	"os/exec"
	"strconv"
	"syscall"
	"testing"
)

// TestStoppedPlaces stops and kills processes of sessions, as their user may: the
// place of each is free again.
func TestStoppedPlaces(t *testing.T) {
	needRoot(t)
	for _, kind := range []string{"prefork", "fork"} {
		t.Run(kind, func(t *testing.T) {
			u := addSystemUser(t)
			users := ownUsers(t, u)
			params := []string{"--parallel-type=" + kind, "--user=" + u.name, "--group=" + strconv.Itoa(u.gid),
				"--auth-type=passwd-file", "--passwd-file=" + users, "--max-servers=1"}
			if kind == "prefork" {
				params = append(params, "--min-servers=1")
			}
			d := start(t, params...)
			for _, name := range []string{"STOP", "KILL", "STOP"} {
				logIn(t, d)
				pids := serving(t, d.PID())
				if len(pids) != 1 {
					t.Fatalf("processes %v, want one", pids)
				}
				kill := exec.Command("kill", "-"+name, strconv.Itoa(pids[0]))
				kill.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: uint32(u.uid), Gid: uint32(u.gid)}}
				if out, err := kill.CombinedOutput(); err != nil {
					t.Fatalf("kill: %v: %s", err, out)
				}
			}
			logIn(t, d).ok("QUIT")
		})
	}
}
