//go:build amd64 || arm64

package confine

import (
	"errors"
	"fmt"
	"runtime"
	"unsafe"

	"golang.org/x/sys/unix"
)

// again is the call by which the library applies Landlock to the threads of C libraries
// if the kernel does not do that. The library ignores its errors: if it is refused, the
// library repeats it endlessly.
const again = unix.SYS_TKILL

// applied returns an error if Apply could not reach all threads, because an earlier
// Apply without Become forbids it.
func applied() error {
	if _, _, errno := unix.Syscall(again, uintptr(unix.Gettid()), 0, 0); errno != 0 {
		return fmt.Errorf("already confined: tkill: %w", errno)
	}
	return nil
}

// filterCalls sets the filter for system calls for all threads.
func (p Policy) filterCalls(r *Report) error {
	if err := seccompAvailable(); err != nil {
		r.Open = append(r.Open, "system calls ("+err.Error()+")")
		return nil
	}
	if p.Further && !filtered() {
		return errors.New("no filter was set before")
	}
	flags := uintptr(0)
	if p.Tested {
		flags = unix.SECCOMP_FILTER_FLAG_LOG // No test follows whose calls must not be logged.
	}
	if err := install(assemble(p.rules()), flags); err != nil {
		return err
	}
	r.Seccomp = true
	return nil
}

// filtered reports whether this thread has a filter already. A call that the filter
// refuses would be logged as an attack.
func filtered() bool {
	mode, _, errno := unix.RawSyscall(unix.SYS_PRCTL, unix.PR_GET_SECCOMP, 0, 0)
	return errno == 0 && mode == unix.SECCOMP_MODE_FILTER
}

// logRefused sets a filter with which the kernel logs each refused call in the audit log.
// It is called after the self test, whose calls are not attacks. If two filters refuse a
// call, the newer one takes precedence.
func (p Policy) logRefused(r Report) error {
	if !r.Seccomp {
		return nil
	}
	return install(assemble(p.rules()), unix.SECCOMP_FILTER_FLAG_LOG)
}

// seccompAvailable returns an error if the kernel does not support seccomp.
func seccompAvailable() error {
	action := uint32(unix.SECCOMP_RET_ERRNO)
	_, _, errno := unix.Syscall(unix.SYS_SECCOMP, unix.SECCOMP_GET_ACTION_AVAIL, 0, uintptr(unsafe.Pointer(&action)))
	if errno != 0 {
		return fmt.Errorf("no seccomp: %w", errno)
	}
	return nil
}

// install loads a filter for all threads.
func install(program []unix.SockFilter, flags uintptr) error {
	// This thread needs no_new_privs before it loads the filter. Loading sets both for
	// the other threads.
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	if err := unix.Prctl(unix.PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0); err != nil {
		return fmt.Errorf("no_new_privs: %w", err)
	}
	prog := unix.SockFprog{Len: uint16(len(program)), Filter: &program[0]}
	flags |= unix.SECCOMP_FILTER_FLAG_TSYNC
	thread, _, errno := unix.Syscall(unix.SYS_SECCOMP, unix.SECCOMP_SET_MODE_FILTER, flags, uintptr(unsafe.Pointer(&prog)))
	switch {
	case errno != 0:
		return fmt.Errorf("load filter: %w", errno)
	case thread != 0:
		return errors.New("load filter: a thread has a filter of its own")
	}
	return nil
}
