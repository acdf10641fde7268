package process

import (
	"os/exec"
	"runtime"
	"time"

	"golang.org/x/sys/unix"
)

// slack is by how much the kernel may delay the timers of a child (PR_SET_TIMERSLACK(2const)).
// The thread with which the Go runtime watches a process sleeps for 20 µs at first, about
// 75 µs with the usual slack, and so wakes up dozens of times while a child starts. If it
// finds that a system call has not returned, another thread goes on, which takes longer
// than most calls. A child serves one client, so nothing else is to be done meanwhile.
const slack = 2 * time.Millisecond

// startWithSlack starts a command whose threads have this slack: a thread inherits that of the
// thread that starts it. A kernel that refuses to set it changes nothing else.
func startWithSlack(cmd *exec.Cmd) error {
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	_ = unix.Prctl(unix.PR_SET_TIMERSLACK, uintptr(slack), 0, 0, 0)
	defer unix.Prctl(unix.PR_SET_TIMERSLACK, 0, 0, 0, 0) // that with which this thread began
	return cmd.Start()
}
