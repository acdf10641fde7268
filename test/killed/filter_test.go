//go:build integration && amd64

package killed

import (
	"fmt"
	"runtime"
	"testing"
	"unsafe"

	"golang.org/x/sys/unix"
)

// offsets in struct seccomp_data (seccomp(2))
const (
	atNumber = 0
	atArch   = 4
	atThird  = 32 // the lower half of the third argument
	atFifth  = 48
)

// noFile is the descriptor of a mapping without a file.
const noFile = 1<<32 - 1

// filter returns a program that stops the calls of the table for the supervisor, and
// allows the others. Octets in eights are what the Go runtime wakes itself with, also in
// our process while it has the filter: if that waited, the supervisor could wait for it.
func filter() []unix.SockFilter {
	const load, equal, end = unix.BPF_LD | unix.BPF_W | unix.BPF_ABS, unix.BPF_JMP | unix.BPF_JEQ | unix.BPF_K, unix.BPF_RET | unix.BPF_K
	program := []unix.SockFilter{
		{Code: load, K: atArch},
		{Code: equal, K: unix.AUDIT_ARCH_X86_64, Jt: 1},
		{Code: end, K: unix.SECCOMP_RET_ALLOW},
		{Code: load, K: atThird},
		{Code: equal, K: 8, Jf: 4},
		{Code: load, K: atNumber},
		{Code: equal, K: unix.SYS_READ, Jt: 1},
		{Code: equal, K: unix.SYS_WRITE, Jf: 1},
		{Code: end, K: unix.SECCOMP_RET_ALLOW},
		{Code: load, K: atNumber},
	}
	for _, s := range stopped {
		if s.nr == unix.SYS_MMAP { // The runtime maps memory without a file, and ends without it.
			program = append(program,
				unix.SockFilter{Code: equal, K: uint32(s.nr), Jf: 4},
				unix.SockFilter{Code: load, K: atFifth},
				unix.SockFilter{Code: equal, K: noFile, Jf: 1},
				unix.SockFilter{Code: end, K: unix.SECCOMP_RET_ALLOW},
				unix.SockFilter{Code: end, K: unix.SECCOMP_RET_USER_NOTIF})
			continue
		}
		program = append(program,
			unix.SockFilter{Code: equal, K: uint32(s.nr), Jf: 1},
			unix.SockFilter{Code: end, K: unix.SECCOMP_RET_USER_NOTIF})
	}
	return append(program, unix.SockFilter{Code: end, K: unix.SECCOMP_RET_ALLOW})
}

// supervised calls start on a thread with the filter, so that the processes that it
// starts have it too, and returns their supervisor, which the caller closes. A trap that
// start sets must be for a program.
func supervised(t *testing.T, start func(s *supervisor) error) (*supervisor, error) {
	type result struct {
		s   *supervisor
		err error
	}
	done := make(chan result)
	go func() {
		// The thread is never unlocked: it ends with the goroutine, and no other runs there.
		runtime.LockOSThread()
		s, err := newSupervisor(t)
		if err == nil {
			err = start(s)
		}
		done <- result{s, err}
	}()
	r := <-done
	return r.s, r.err
}

// newSupervisor sets the filter for the calling thread.
func newSupervisor(t *testing.T) (*supervisor, error) {
	program := filter()
	prog := unix.SockFprog{Len: uint16(len(program)), Filter: &program[0]}
	// Only SIGKILL interrupts a call that waits; else signals of the runtime would repeat it.
	const flags = unix.SECCOMP_FILTER_FLAG_NEW_LISTENER | unix.SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV
	fd, _, errno := unix.Syscall(unix.SYS_SECCOMP, unix.SECCOMP_SET_MODE_FILTER, flags, uintptr(unsafe.Pointer(&prog)))
	if errno != 0 {
		return nil, fmt.Errorf("seccomp: %w", errno)
	}
	s := &supervisor{t: t, fd: int(fd), ended: make(chan struct{})}
	go s.run()
	return s, nil
}
