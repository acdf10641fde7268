package pam

import (
	"errors"
	"os"
	"os/signal"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

// RunUntilSIGTERM calls work and returns its error. SIGTERM, which Serve sends if a request
// takes too long, kills the process with its process group and its descendants. Work may
// then be in a module that does not return.
//
// The process does this itself because Serve cannot find its descendants. The process is
// not dumpable, so with ProtectProc=invisible (systemd.exec(5)) no other process sees its
// directory in /proc.
func RunUntilSIGTERM(work func() error) error {
	terminated := make(chan os.Signal, 1)
	signal.Notify(terminated, syscall.SIGTERM)
	done := make(chan error, 1)
	go func() { done <- work() }()
	select {
	case err := <-done:
		return err
	case <-terminated:
	}
	// When its program has ended, work may return. The process does not end before the
	// others are killed, because work has a goroutine of its own.
	err := killDescendants()
	self := os.Getpid()
	_ = syscall.Kill(-self, syscall.SIGKILL) // It fails if the process has no group of its own.
	return errors.Join(err, syscall.Kill(self, syscall.SIGKILL))
}

// killDescendants kills the descendants of this process. They need not be in its process
// group: pam_exec(8) starts its program in a session of its own. A program that has become
// a daemon is no descendant.
func killDescendants() error {
	// The children of a killed process become children of this one. So none escapes, not
	// even one that is just being started.
	if err := unix.Prctl(unix.PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0); err != nil {
		return err
	}
	for killed := true; killed; {
		killed = killChildren()
	}
	return nil
}

// killChildren kills the children of this process and waits until they have ended. It
// returns whether there were any.
func killChildren() bool {
	var killed []int
	for _, child := range children() {
		// It fails for those that have taken the rights of another user.
		if syscall.Kill(child, syscall.SIGKILL) == nil {
			killed = append(killed, child)
		}
	}
	for _, child := range killed {
		_, _ = syscall.Wait4(child, nil, 0, nil) // It fails if the module has waited for it.
	}
	return len(killed) > 0
}

// children returns the children of this process.
func children() (pids []int) {
	files, _ := filepath.Glob("/proc/self/task/*/children") // see proc(5)
	for _, file := range files {
		text, _ := os.ReadFile(file)
		for word := range strings.FieldsSeq(string(text)) {
			if child, err := strconv.Atoi(word); err == nil {
				pids = append(pids, child)
			}
		}
	}
	return pids
}

// obeyTime is how long a process may take to obey SIGTERM. It is shorter than reapTime,
// after which package exec kills the process without its group.
const obeyTime = reapTime / 2

// end sends SIGTERM to the leader of a process group. If the leader does not obey, end
// kills the group.
func end(leader *os.Process) error {
	time.AfterFunc(obeyTime, func() {
		// The number may belong to another group once the leader has been waited for.
		if leader.Signal(syscall.Signal(0)) == nil {
			_ = syscall.Kill(-leader.Pid, syscall.SIGKILL)
		}
	})
	return leader.Signal(syscall.SIGTERM)
}
