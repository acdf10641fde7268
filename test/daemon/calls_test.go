//go:build integration

package daemon_test

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"syscall"
	"testing"

	"tpops/test/corpus"
	"tpops/test/daemon"
	"tpops/test/fixture"
)

// Calls are counted that the program makes itself, as opposed to those with which
// the Go runtime schedules it.
func TestSystemCalls(t *testing.T) {
	fixture.NeedRoot(t) // traces a process
	const times = 20
	messages := []corpus.Message{{Name: "cur/1700000000.M1P1.mail:2,S", Data: []byte("Subject: a\n\nb\n")}}
	d := fixture.NewMailbox(t, messages).Start(t, "--parallel-type=thread", "--maildir-lock=yes", "--syslog=none")
	oneSession(t, d) // What is done once is done now.
	s := fixture.LogIn(t, d)
	fetched := traceCalls(t, d, func() {
		for range times {
			for _, command := range []string{"RETR 1", "TOP 1 0"} {
				if _, lines, err := s.Multi(command); err != nil || len(lines) < 2 {
					t.Fatalf("%s: %q, %v", command, lines, err)
				}
			}
		}
	})
	s.OK("QUIT")
	checkCalls(t, "a message", fetched, 2*times, map[string]int{
		"openat": 2, "close": 2, "fstat": 1, "newfstatat": 1, "pread64": 1, "capget": 1, "setfsuid": 1, "setfsgid": 1,
		"epoll_ctl": 0,
	})
	polled := traceCalls(t, d, func() {
		for range times {
			oneSession(t, d)
		}
	})
	// statx(2) asks for new, cur and tpops_uidl.
	checkCalls(t, "a poll", polled, times, map[string]int{
		"openat": 2, "close": 3, "fstat": 2, "flock": 4, "readlinkat": 1, "fstatfs": 1, "faccessat2": 2, "statx": 3, "epoll_ctl": 2, "capget": 1,
		"setfsuid": 1, "setfsgid": 1, "getsockname": 0, "setsockopt": 0, "newfstatat": 2, "clock_gettime": 1,
		"fcntl": 1, // package os asks whether the connection may block
	})
}

// checkCalls reports calls that are made more often than they may be for each of
// so many works, and files or directories that need not be read at all.
func checkCalls(t *testing.T, what string, made map[string]int, works int, most map[string]int) {
	t.Helper()
	t.Logf("%s, of %d: %v", what, works, made)
	for name, n := range made {
		limit, known := most[name]
		if known && n > limit*works+works/4 { // The runtime reads a file now and then.
			t.Errorf("%s: %s %.1f times, want at most %d", what, name, float64(n)/float64(works), limit)
		}
	}
	for _, name := range []string{"getdents64", "fcntl", "getgroups", "setgroups", "ioctl", "open"} {
		if _, known := most[name]; known {
			continue
		}
		if n := made[name]; n >= works {
			t.Errorf("%s: %s %.1f times, want none", what, name, float64(n)/float64(works))
		}
	}
	if len(made) < len(most)/2 {
		t.Errorf("%s: traced only %v", what, made)
	}
}

var tracedCall = regexp.MustCompile(`(?m)^\d+ +(\w+)\(`)

// traceCalls counts the system calls of a server while do runs.
func traceCalls(t *testing.T, d *daemon.Daemon, do func()) map[string]int {
	t.Helper()
	file := filepath.Join(t.TempDir(), "trace")
	strace := exec.Command("strace", "-f", "-o", file, "-p", fmt.Sprint(d.PID()))
	if err := strace.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = strace.Process.Kill() }) // if do fails
	waitTraced(t, d)
	do()
	_ = strace.Process.Signal(syscall.SIGINT)
	_ = strace.Wait() // After SIGINT strace ends with that signal.
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	made := map[string]int{}
	for _, call := range tracedCall.FindAllStringSubmatch(string(text), -1) {
		made[call[1]]++
	}
	return made
}

// waitTraced waits until all threads of a server are traced.
func waitTraced(t *testing.T, d *daemon.Daemon) {
	t.Helper()
	untraced := regexp.MustCompile(`(?m)^TracerPid:\s+0$`)
	fixture.Eventually(t, "strace follows the server", func() bool {
		files, err := filepath.Glob(fmt.Sprintf("/proc/%d/task/*/status", d.PID()))
		if err != nil {
			t.Fatal(err)
		}
		return len(files) > 0 && !slices.ContainsFunc(files, func(file string) bool {
			status, err := os.ReadFile(file)
			return err == nil && untraced.Match(status)
		})
	})
}
