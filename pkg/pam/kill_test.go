package pam

import (
	"io"
	"os"
	"os/exec"
	"syscall"
	"testing"
	"time"
)

// No process is left of a program that has others in sessions of their own, not even while
// it starts more of them.
func TestKillAll(t *testing.T) {
	const session = `setsid sh -c 'sleep 600 & setsid sleep 600 & echo; wait' &`
	for name, script := range map[string]string{
		"sessions": session + session + `wait`,
		"more":     `n=0; while [ $n -lt 500 ]; do setsid sleep 600 & n=$((n + 1)); [ $n != 20 ] || echo; done; wait`,
	} {
		t.Run(name, func(t *testing.T) {
			out, in, err := os.Pipe()
			if err != nil {
				t.Fatal(err)
			}
			defer out.Close()
			cmd := exec.Command("sh", "-c", script)
			cmd.Stdout, cmd.SysProcAttr = in, &syscall.SysProcAttr{Setpgid: true}
			err = cmd.Start()
			in.Close()
			if err != nil {
				t.Fatal(err)
			}
			if err := out.SetReadDeadline(time.Now().Add(enough)); err != nil {
				t.Fatal(err)
			}
			if _, err := out.Read(make([]byte, 1)); err != nil {
				t.Fatal(err)
			}
			if err := killAll(cmd.Process.Pid); err != nil {
				t.Error(err)
			}
			_ = cmd.Wait()                                      // It was killed.
			if _, err := io.Copy(io.Discard, out); err != nil { // Each process has the other end.
				t.Errorf("processes are left: %v", err)
			}
		})
	}
}
