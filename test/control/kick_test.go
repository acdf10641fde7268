//go:build integration

package control_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"

	"tpops/test/corpus"
	"tpops/test/daemon"
	"tpops/test/fixture"
)

// TestKick checks that a session that waits ends without deleting anything, and that no
// other session does.
func TestKick(t *testing.T) {
	fixture.EachType(t, func(t *testing.T, parallelType string) {
		box := fixture.Small(t)
		d, socket := start(t, box, parallelType)
		other := fixture.Dial(t, d)
		s := fixture.LogIn(t, d)
		s.OK("DELE 1")
		code, out, errs := fixture.RunTpopsctl(t, "kick", socket, "--user="+fixture.User)
		if code != 0 || strings.Count(out, "\n") != 1 || !strings.Contains(out, ": ended") {
			t.Fatalf("exit %d, %s%s", code, out, errs)
		}
		s.Silent()
		if n := len(box.Files(t)); n != 5 {
			t.Errorf("%d messages are left", n)
		}
		fixture.Eventually(t, "the log of both events", func() bool {
			log := d.Log()
			return strings.Contains(log, "session ended by operator") && strings.Contains(log, "uid=0") &&
				strings.Contains(log, "ended by operator")
		})
		other.OK("QUIT")
		if code, _, errs := fixture.RunTpopsctl(t, "kick", socket, "--session=none"); code != 1 {
			t.Errorf("exit %d, %s", code, errs)
		}
		if code, _, errs := fixture.RunTpopsctl(t, "kick", socket); code != 64 {
			t.Errorf("exit %d, %s", code, errs)
		}
		fixture.LogIn(t, d).OK("QUIT")
	})
}

// TestKickDuringRETR checks that a session whose client does not read ends at once.
func TestKickDuringRETR(t *testing.T) {
	fixture.EachType(t, func(t *testing.T, parallelType string) {
		large := corpus.Messages(1, 1)
		large[0].Data = []byte("Subject: large\n\n" + strings.Repeat(strings.Repeat("x", 70)+"\n", 400_000))
		box := fixture.NewMailbox(t, large)
		d, socket := start(t, box, parallelType)
		s := fixture.LogIn(t, d)
		if _, err := s.Conn.Write([]byte("RETR 1\r\n")); err != nil {
			t.Fatal(err)
		}
		fixture.Eventually(t, "RETR is shown", func() bool {
			all := sessions(t, socket)
			return len(all) == 1 && all[0].Command == "RETR" && all[0].Working && all[0].Sent > 100_000
		})
		if code, out, errs := fixture.RunTpopsctl(t, "kick", socket, "--address=127.0.0.1"); code != 0 {
			t.Fatalf("exit %d, %s%s", code, out, errs)
		}
		fixture.Eventually(t, "the session has ended", func() bool { return len(sessions(t, socket)) == 0 })
		if n := len(box.Files(t)); n != 1 {
			t.Errorf("%d messages are left", n)
		}
	})
}

// TestKickDuringQUIT checks that QUIT deletes all that is marked or nothing.
func TestKickDuringQUIT(t *testing.T) {
	fixture.EachType(t, func(t *testing.T, parallelType string) {
		box := fixture.NewMailbox(t, corpus.Messages(1, 300))
		d, socket := start(t, box, parallelType)
		s := fixture.LogIn(t, d)
		var marks strings.Builder
		for i := range 300 {
			marks.WriteString("DELE " + strconv.Itoa(i+1) + "\r\n")
		}
		if _, err := s.Conn.Write([]byte(marks.String() + "QUIT\r\n")); err != nil {
			t.Fatal(err)
		}
		if code, _, errs := fixture.RunTpopsctl(t, "kick", socket, "--user="+fixture.User); code > 1 {
			t.Fatalf("exit %d, %s", code, errs)
		}
		s.Closed()
		if n := len(box.Files(t)); n != 0 && n != 300 {
			t.Errorf("%d of 300 messages are left", n)
		}
	})
}

// TestNotPermitted checks that other users may not ask, even if the mode of the socket
// lets them connect.
func TestNotPermitted(t *testing.T) {
	if os.Geteuid() != 0 {
		t.Skip("needs root")
	}
	_, socket := start(t, fixture.Small(t))
	path := strings.TrimPrefix(socket, "--socket=")
	program := filepath.Join(openDir(t, filepath.Dir(path)), "tpopsctl")
	fixture.Command(t, "cp", fixture.Program(t, "tpopsctl"), program)
	for _, mode := range []os.FileMode{0o660, 0o666} {
		if err := os.Chmod(path, mode); err != nil {
			t.Fatal(err)
		}
		cmd := exec.CommandContext(t.Context(), program, "sessions", socket)
		cmd.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: 65534, Gid: 65534}}
		out, _ := cmd.CombinedOutput() // The exit code has the result.
		if cmd.ProcessState.ExitCode() != 77 || !strings.Contains(string(out), "not permitted") {
			t.Errorf("mode %o: %v, %s", mode, cmd.ProcessState, out)
		}
	}
}

// openDir lets all users pass through a directory of the test, and returns it.
func openDir(t *testing.T, dir string) string {
	t.Helper()
	for up := dir; up != os.TempDir() && up != "/"; up = filepath.Dir(up) {
		if err := os.Chmod(up, 0o755); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

// TestRestart checks that the next daemon takes the socket over from one that was
// killed, and that no second daemon takes it from one that runs.
func TestRestart(t *testing.T) {
	box := fixture.Small(t)
	path := filepath.Join(t.TempDir(), "control")
	params := box.Params("--control-socket=" + path)
	first := fixture.Start(t, params...)
	if second, err := daemon.Start(fixture.Program(t, "tpops"), params...); err == nil {
		second.Kill()
		t.Error("two daemons use the socket")
	}
	fixture.Signal(t, first, syscall.SIGHUP)
	if all := sessions(t, "--socket="+path); len(all) != 0 {
		t.Errorf("%+v", all)
	}
	if err := first.Stop(); err != nil {
		t.Fatal(err)
	}
	third := fixture.Start(t, params...)
	fixture.LogIn(t, third)
	if all := sessions(t, "--socket="+path); len(all) != 1 {
		t.Errorf("%+v", all)
	}
}
