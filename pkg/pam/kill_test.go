package pam

import (
	"errors"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// scriptVariable contains the script of waitForShell.
const scriptVariable = "PAM_TEST_SCRIPT"

// waitForShell runs a script, like a module, in a process that is not dumpable.
func waitForShell() error {
	if err := unix.Prctl(unix.PR_SET_DUMPABLE, 0, 0, 0, 0); err != nil {
		return err
	}
	cmd := exec.Command("sh", "-c", os.Getenv(scriptVariable))
	cmd.Stdout = os.Stdout
	return cmd.Run()
}

// No process is left of a program that has others in sessions of their own, not even while
// it starts more of them.
func TestRunUntilSIGTERM(t *testing.T) {
	const session = `setsid sh -c 'sleep 600 & setsid sleep 600 & echo; wait' &`
	for name, script := range map[string]string{
		"sessions": session + session + `wait`,
		"more":     `n=0; while [ $n -lt 500 ]; do setsid sleep 600 & n=$((n + 1)); [ $n != 20 ] || echo; done; wait`,
	} {
		// Without a group of its own the process does not kill the test.
		for group, own := range map[string]bool{" in a group": true, "": false} {
			t.Run(name+group, func(t *testing.T) {
				out, in, err := os.Pipe()
				if err != nil {
					t.Fatal(err)
				}
				defer out.Close()
				cmd := roleCommand("shell")(t.Context())
				cmd.Env = append(cmd.Env, scriptVariable+"="+script)
				cmd.Stdout, cmd.SysProcAttr = in, &syscall.SysProcAttr{Setpgid: own}
				err = cmd.Start()
				in.Close()
				if err != nil {
					t.Fatal(err)
				}
				wantByte(t, out)
				if err := end(cmd.Process); err != nil {
					t.Error(err)
				}
				_ = cmd.Wait() // It was killed.
				wantNoWriter(t, out)
			})
		}
	}
}

// The group of a process that does not obey is killed.
func TestDisobeys(t *testing.T) {
	h := startHelper(t, 1)
	name := filepath.Join(t.TempDir(), "pipe")
	if err := unix.Mkfifo(name, 0o600); err != nil {
		t.Fatal(err)
	}
	out, err := os.OpenFile(name, os.O_RDONLY|unix.O_NONBLOCK, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer out.Close()
	started := false
	// A slow machine may not have started the program when the time is over.
	for patience := 100 * time.Millisecond; !started && patience < enough; patience *= 2 {
		a, err := h.Ask(t.Context(), Request{Login: []byte(name), Password: []byte("disobey"), Patience: patience})
		if err != nil || a.Outcome != Failed {
			t.Errorf("%+v, %v", a, err)
		}
		n, err := out.Read(make([]byte, 1))
		if err != nil && !errors.Is(err, io.EOF) {
			t.Fatal(err)
		}
		started = n == 1
	}
	if !started {
		t.Fatal("the program was never started")
	}
	wantNoWriter(t, out)
}

// wantByte waits until a process has written something.
func wantByte(t *testing.T, out *os.File) {
	t.Helper()
	err := out.SetReadDeadline(time.Now().Add(enough))
	if _, failed := out.Read(make([]byte, 1)); err != nil || failed != nil {
		t.Fatal(err, failed)
	}
}

// wantNoWriter waits until no process has the other end of a pipe.
func wantNoWriter(t *testing.T, out *os.File) {
	t.Helper()
	err := out.SetReadDeadline(time.Now().Add(enough))
	if _, copied := io.Copy(io.Discard, out); err != nil || copied != nil {
		t.Errorf("processes are left: %v", errors.Join(err, copied))
	}
}
