//go:build integration

package daemon_test

import (
	"errors"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"tpops/test/daemon"
	"tpops/test/fixture"
)

// TestLogsReopened renames the log files, as log rotation does, and sends
// SIGHUP: what follows is in new files, the old ones have all before, and a
// session that goes on is logged where the server now writes.
func TestLogsReopened(t *testing.T) {
	box := fixture.Small(t)
	dir := t.TempDir()
	access, errorLog := filepath.Join(dir, "access"), filepath.Join(dir, "errors")
	file := fixture.Write(t, "tpops.toml", "log-messages = true\n")
	d := fixture.Start(t, box.Params("--config="+file, "--access-log="+access, "--error-log="+errorLog, "--error-interval=0", "--maildir-lock=no")...)
	fixture.LogIn(t, d).OK("QUIT")
	fixture.Eventually(t, "the first line", func() bool { return strings.Count(fixture.Read(t, access), "\n") == 1 })
	running := fixture.LogIn(t, d)
	for _, name := range []string{access, errorLog} {
		if err := os.Rename(name, name+".1"); err != nil {
			t.Fatal(err)
		}
	}
	fixture.Signal(t, d, syscall.SIGHUP)
	fixture.Eventually(t, "new log files", func() bool {
		_, errA := os.Stat(access)
		_, errB := os.Stat(errorLog)
		return errA == nil && errB == nil
	})
	running.OK("QUIT")
	fixture.Eventually(t, "a line in the new access log", func() bool { return strings.Count(fixture.Read(t, access), " "+fixture.User+" ") == 1 })
	if lines := strings.Count(fixture.Read(t, access+".1"), "\n"); lines != 1 {
		t.Errorf("the renamed access log has %d lines", lines)
	}
	// A broken configuration is an error.
	if err := os.WriteFile(file, []byte("prot = 1\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	fixture.Signal(t, d, syscall.SIGHUP)
	fixture.Eventually(t, "a line in the new error log", func() bool { return strings.Contains(fixture.Read(t, errorLog), "prot") })
	if text := fixture.Read(t, errorLog+".1"); strings.Contains(text, "prot") {
		t.Errorf("the renamed error log has\n%s", text)
	}
}

// TestAccessLogDates: the dates are those of login and end, in the form of 0.8
// and in local time, and a client that vanishes has its line too.
func TestAccessLogDates(t *testing.T) {
	access := filepath.Join(t.TempDir(), "access")
	d := fixture.Small(t).Start(t, "--access-log="+access)
	before := time.Now().Truncate(time.Second)
	fixture.LogIn(t, d).Close()
	fixture.Eventually(t, "a line", func() bool { return strings.Count(fixture.Read(t, access), "\n") == 1 })
	after := time.Now()
	fields := strings.Fields(fixture.Read(t, access))
	if len(fields) != 10 || fields[0] != "127.0.0.1" || fields[5] != fixture.User || fields[6] != "5" || fields[8] != "5" || fields[7] != fields[9] {
		t.Fatalf("%q", fields)
	}
	for _, at := range []int{1, 3} {
		date, err := time.ParseInLocation("2006/01/02 15:04:05", fields[at]+" "+fields[at+1], time.Local)
		if err != nil || date.Before(before) || date.After(after) {
			t.Errorf("date %v, %v; the session was from %v to %v", date, err, before, after)
		}
	}
}

// TestSyslog gives the server a system log of its own, in a name space where
// it is at the usual place, and reads the facility of what comes.
func TestSyslog(t *testing.T) {
	fixture.NeedRoot(t) // mounts
	box := fixture.Small(t)
	for facility, code := range map[string]int{"": 2, "local3": 19, "daemon": 3, "none": -1} {
		t.Run("facility "+facility, func(t *testing.T) {
			run := t.TempDir()
			socket, err := net.ListenUnixgram("unixgram", &net.UnixAddr{Name: filepath.Join(run, "log"), Net: "unixgram"})
			if err != nil {
				t.Fatal(err)
			}
			defer socket.Close()
			params := box.ParamsWithoutSyslog()
			if facility != "" {
				params = append(params, "--syslog="+facility)
			}
			d, err := daemon.Start(withRun(t, run), params...)
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(d.Kill)
			fixture.LogIn(t, d).OK("QUIT")
			fixture.Signal(t, d, syscall.SIGTERM)
			if _, err := d.Wait(); err != nil {
				t.Fatal(err)
			}
			wantSyslog(t, socket, code)
		})
	}
}

// wantSyslog reads what has come to a system log of a server that has ended:
// lines of one facility, among them that of the login, or nothing.
func wantSyslog(t *testing.T, socket *net.UnixConn, facility int) {
	t.Helper()
	form := regexp.MustCompile(`^<(\d+)>.* tpops\[\d+\]: `)
	logins := 0
	// All that will come is there: the server has ended.
	for line := pending(t, socket); line != ""; line = pending(t, socket) {
		priority := 0
		parts := form.FindStringSubmatch(line)
		if parts == nil {
			t.Fatalf("line %q", line)
		}
		fmt.Sscan(parts[1], &priority)
		if priority/8 != facility {
			t.Errorf("facility %d instead of %d: %s", priority/8, facility, line)
		}
		if strings.Contains(line, " login ") {
			logins++
		}
	}
	if want := min(facility+1, 1); logins != want {
		t.Errorf("%d lines about a login, want %d", logins, want)
	}
}

// pending returns the message that waits in a socket, or nothing. A read with a deadline
// does not look for a message once the deadline is over, as it soon is on a slow machine.
func pending(t *testing.T, socket *net.UnixConn) string {
	t.Helper()
	raw, err := socket.SyscallConn()
	if err != nil {
		t.Fatal(err)
	}
	buffer, n := make([]byte, 64<<10), 0
	var received error
	if err := raw.Control(func(fd uintptr) { n, _, received = unix.Recvfrom(int(fd), buffer, unix.MSG_DONTWAIT) }); err != nil {
		t.Fatal(err)
	}
	if errors.Is(received, unix.EAGAIN) {
		return ""
	}
	if received != nil {
		t.Fatal(received)
	}
	return string(buffer[:n])
}

// withRun returns a program that is the server in a name space in which a
// folder, with a socket "log", lies over /run, and the socket over /dev/log if
// the machine has that.
func withRun(t *testing.T, folder string) string {
	t.Helper()
	const script = `#!/bin/sh
exec unshare --mount --propagation private sh -c '
	mount --bind "$0" /run
	[ ! -e /dev/log ] || mount --bind "$0/log" /dev/log
	exec "$@"' '%s' '%s' "$@"
`
	file := filepath.Join(t.TempDir(), "tpops")
	if err := os.WriteFile(file, fmt.Appendf(nil, script, folder, fixture.Program(t, "tpops")), 0o700); err != nil {
		t.Fatal(err)
	}
	return file
}
