package process

import (
	"errors"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

// startTime bounds how long a child may take to become Ready.
const startTime = 60 * time.Second

// mostStopped is after how many calls of KillStuck in a row a child that is stopped
// is killed. A debugger, or an administrator who stops and continues the whole
// service, has some seconds.
const mostStopped = 5

// KillStuck kills children that hold a place without serving: those that do not become
// Ready within a minute, and those that are stopped. A session of parallel-type fork
// runs under the user's own id, so that the user may send it SIGSTOP. It is
// called once a second.
func (f *Pool) KillStuck(now time.Time) {
	for c, m := range f.members {
		if m.stopped++; !c.isStopped() {
			m.stopped = 0
		}
		if m.stopped >= mostStopped || m.state == 0 && now.Sub(m.started) >= startTime {
			c.Kill()
		}
	}
}

// isStopped reports whether a signal has stopped the child. The kernel is asked
// and not /proc, where a parent without privileges does not see other users.
func (c *Child) isStopped() bool {
	var info unix.Siginfo
	err := unix.Waitid(unix.P_PID, c.PID(), &info, unix.WSTOPPED|unix.WNOHANG|unix.WNOWAIT, nil)
	return err == nil && info.Signo == int32(unix.SIGCHLD)
}

// Kill ends the process with SIGKILL. If this one may not do that it lets a
// stopped one go on, which within a session is always allowed: the process
// ends by itself then, at the latest at its Deadline.
func (c *Child) Kill() {
	if errors.Is(c.cmd.Process.Kill(), syscall.EPERM) {
		_ = c.cmd.Process.Signal(syscall.SIGCONT) // It may have ended.
	}
}
