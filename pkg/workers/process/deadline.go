package process

import (
	"fmt"
	"time"
	"unsafe"

	"golang.org/x/sys/unix"
)

// Deadline has the kernel end this process with SIGKILL, even one that is
// stopped or hangs. So it needs no other process that may do that: after the
// change of ids the parent may not, and the user may stop the process.
type Deadline struct{ timer int32 }

// signalEvent is struct sigevent of sigevent(3type), with the size that the kernel reads.
type signalEvent struct {
	value  uintptr
	signal int32
	notify int32 // 0 is SIGEV_SIGNAL
	_      [48]byte
}

// NewDeadline returns one that is not set. The error is that of the system.
func NewDeadline() (*Deadline, error) {
	d, event := &Deadline{}, signalEvent{signal: int32(unix.SIGKILL)}
	_, _, errno := unix.Syscall(unix.SYS_TIMER_CREATE, unix.CLOCK_MONOTONIC,
		uintptr(unsafe.Pointer(&event)), uintptr(unsafe.Pointer(&d.timer)))
	if errno != 0 {
		return nil, fmt.Errorf("timer_create: %w", errno)
	}
	return d, nil
}

// Set has the process end after a time, counted from now; with 0 it lives on.
// The error is that of the system.
func (d *Deadline) Set(after time.Duration) error {
	spec := unix.ItimerSpec{Value: unix.NsecToTimespec(after.Nanoseconds())}
	_, _, errno := unix.Syscall6(unix.SYS_TIMER_SETTIME, uintptr(d.timer), 0, uintptr(unsafe.Pointer(&spec)), 0, 0, 0)
	if errno != 0 {
		return fmt.Errorf("timer_settime: %w", errno)
	}
	return nil
}
