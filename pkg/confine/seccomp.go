//go:build amd64 || arm64

package confine

import (
	"errors"
	"fmt"
	"runtime"
	"unsafe"

	"golang.org/x/sys/unix"
)

// again is the call by which Landlock, where the kernel does not do it itself,
// is brought to threads that C libraries know of. It tells no errors: refused,
// it is repeated for ever.
const again = unix.SYS_TKILL

// applied returns an error if Apply could not reach all threads, which after
// an Apply for good it cannot.
func applied() error {
	if _, _, errno := unix.Syscall(again, uintptr(unix.Gettid()), 0, 0); errno != 0 {
		return fmt.Errorf("confined already: tkill: %w", errno)
	}
	return nil
}

// filterCalls puts the filter for system calls in force for all threads.
func (p Policy) filterCalls(r *Report) error {
	if err := seccompAvailable(); err != nil {
		r.Open = append(r.Open, "system calls ("+err.Error()+")")
		return nil
	}
	if err := install(assemble(p.rules()), 0); err != nil {
		return err
	}
	r.Seccomp = true
	return nil
}

// logRefused has the audit log told of each call that is refused from now on. Of
// two filters that refuse a call the kernel heeds the newer one, so that this
// comes after the self test: its calls are no attack, and are not logged.
func (p Policy) logRefused(r Report) error {
	if !r.Seccomp {
		return nil
	}
	return install(assemble(p.rules()), unix.SECCOMP_FILTER_FLAG_LOG)
}

// seccompAvailable returns why there is no seccomp, or nil.
func seccompAvailable() error {
	action := uint32(unix.SECCOMP_RET_ERRNO)
	_, _, errno := unix.Syscall(unix.SYS_SECCOMP, unix.SECCOMP_GET_ACTION_AVAIL, 0, uintptr(unsafe.Pointer(&action)))
	if errno != 0 {
		return fmt.Errorf("no seccomp: %w", errno)
	}
	return nil
}

// install hands the program to the kernel, which checks it, for all threads.
func install(program []unix.SockFilter, flags uintptr) error {
	// no_new_privs is a matter of the thread and has to be there before the
	// filter, which takes both to the other threads.
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
