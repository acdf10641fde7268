package process

import (
	"runtime"
	"time"

	"golang.org/x/sys/unix"
)

// timerSlack is how much later than asked for the kernel may wake the threads of a child. While
// a process works, the thread of the Go runtime that watches the others sleeps for 20 µs at a
// time, and the usual slack is 50 µs: for a process with one session that was a quarter of its
// processor time. All other waits of a child are longer, and none has to be exact.
const timerSlack = time.Millisecond

// withTimerSlack calls start, which starts a child, in a thread with timerSlack. The child
// inherits it, also in the threads that the Go runtime starts before it runs the program. The
// error is that of start: a child without timerSlack works as well.
func withTimerSlack(start func() error) error {
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	usual, err := unix.PrctlRetInt(unix.PR_GET_TIMERSLACK, 0, 0, 0, 0)
	if err != nil || usual >= int(timerSlack) || setTimerSlack(int(timerSlack)) != nil {
		return start()
	}
	defer func() { _ = setTimerSlack(usual) }() // It has just worked.
	return start()
}

// setTimerSlack sets that of the calling thread, in nanoseconds.
func setTimerSlack(slack int) error {
	return unix.Prctl(unix.PR_SET_TIMERSLACK, uintptr(slack), 0, 0, 0)
}
