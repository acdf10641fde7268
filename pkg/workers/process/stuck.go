package process

import (
	"errors"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

const (
	// startTime bounds how long a child may take to become Ready.
	startTime = 60 * time.Second
	// endTime bounds how long a child without a session may take to obey an order.
	endTime = 60 * time.Second
	// mostStopped is how many successive calls of KillStuck find a stopped child before
	// it is killed. A debugger, or an administrator who stops and continues the whole
	// service, has a few seconds.
	mostStopped = 5
)

// KillStuck kills children that occupy a place without serving: those that do not
// become Ready or do not end within a minute, and those that were stopped. In
// parallel-type fork a session has the ids of its user, who may send it SIGSTOP. Call
// KillStuck once a second.
func (f *Pool) KillStuck(now time.Time) {
	for c, m := range f.members {
		if m.stopped++; !c.isStopped() {
			m.stopped = 0
		}
		if m.stopped >= mostStopped || m.hangs(now) {
			c.Kill()
		}
	}
}

// hangs reports whether a child takes too long to start or to end. The time of a
// session is bounded by a Deadline.
func (m *member) hangs(now time.Time) bool {
	return m.state == 0 && now.Sub(m.started) >= startTime ||
		m.leaving && m.state == Idle && now.Sub(m.ordered) >= endTime
}

// isStopped reports whether a signal has stopped the child. It asks the kernel: in
// /proc a parent without privileges may not see processes of other users.
func (c *Child) isStopped() bool {
	var info unix.Siginfo
	err := unix.Waitid(unix.P_PID, c.PID(), &info, unix.WSTOPPED|unix.WNOHANG|unix.WNOWAIT, nil)
	return err == nil && info.Signo == int32(unix.SIGCHLD)
}

// Kill kills the process with SIGKILL. If this process is not allowed to do that, Kill
// continues a stopped child, which is allowed within a session. The child then ends at
// its Deadline at the latest.
func (c *Child) Kill() {
	if errors.Is(c.cmd.Process.Kill(), syscall.EPERM) {
		_ = c.cmd.Process.Signal(syscall.SIGCONT) // The child may have ended.
	}
}
