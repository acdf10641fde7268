package process

import (
	"fmt"
	"time"
	"unsafe"

	"golang.org/x/sys/unix"
)

// Deadline makes the kernel kill this process after a time, even if the process
// hangs or was stopped. The parent cannot do that after the child has changed its
// ids, and the user whose ids it has may stop it.
type Deadline struct{ timer int32 }

// signalEvent is struct sigevent of sigevent(3type), with the size that the kernel reads.
type signalEvent struct {
	value  uintptr
	signal int32
	notify int32 // 0 is SIGEV_SIGNAL
	_      [48]byte
}

// NewDeadline returns a deadline that is not set. The error is that of the system.
func NewDeadline() (*Deadline, error) {
	d, event := &Deadline{}, signalEvent{signal: int32(unix.SIGKILL)}
	_, _, errno := unix.Syscall(unix.SYS_TIMER_CREATE, unix.CLOCK_MONOTONIC,
		uintptr(unsafe.Pointer(&event)), uintptr(unsafe.Pointer(&d.timer)))
	if errno != 0 {
		return nil, fmt.Errorf("timer_create: %w", errno)
	}
	return d, nil
}

// Set makes the kernel kill the process after this time. 0 cancels the deadline. The
// error is that of the system.
func (d *Deadline) Set(after time.Duration) error {
	spec := unix.ItimerSpec{Value: unix.NsecToTimespec(after.Nanoseconds())}
	_, _, errno := unix.Syscall6(unix.SYS_TIMER_SETTIME, uintptr(d.timer), 0, uintptr(unsafe.Pointer(&spec)), 0, 0, 0)
	if errno != 0 {
		return fmt.Errorf("timer_settime: %w", errno)
	}
	return nil
}
