//go:build systemd && amd64

package test

import (
	"errors"
	"fmt"
	"os"
	"runtime"
	"strconv"
	"syscall"
	"testing"

	"golang.org/x/sys/unix"
)

// wantCallsRefused makes each thread of the process do, in the way of a
// debugger, what an attacker would who has taken it over.
func (s *site) wantCallsRefused(pid int) {
	s.t.Helper()
	const keep = ^uint64(0) // -1: as it is
	calls := []struct {
		name string
		args [4]uint64 // number of the call and its arguments
		want syscall.Errno
	}{
		{"setuid(0)", [4]uint64{unix.SYS_SETUID, 0}, unix.EPERM},
		{"setreuid(0, 0)", [4]uint64{unix.SYS_SETREUID, 0, 0}, unix.EPERM},
		{"setresuid(-1, 0, -1)", [4]uint64{unix.SYS_SETRESUID, keep, 0, keep}, unix.EPERM},
		{"setresuid(1, 1, 1), a user of the system", [4]uint64{unix.SYS_SETRESUID, 1, 1, 1}, unix.EPERM},
		{"setfsuid(0)", [4]uint64{unix.SYS_SETFSUID, 0}, unix.EPERM},
		{"setresgid(0, 0, 0)", [4]uint64{unix.SYS_SETRESGID, 0, 0, 0}, unix.EPERM},
		// What path names does not matter: the call is refused before it is read.
		{"execve", [4]uint64{unix.SYS_EXECVE, 0, 0, 0}, unix.EPERM},
	}
	for _, tid := range threadsOf(s.t, pid) {
		for _, call := range calls {
			got, err := callIn(tid, call.args)
			if errors.Is(err, unix.ESRCH) {
				break // the thread has ended
			}
			if err != nil {
				s.t.Fatalf("%s in thread %d: %v", call.name, tid, err)
			}
			if got != -int64(call.want) {
				s.t.Errorf("%s in thread %d returns %d, want %d (%v)", call.name, tid, got, -int64(call.want), call.want)
			}
		}
	}
}

func threadsOf(t *testing.T, pid int) []int {
	t.Helper()
	entries, err := os.ReadDir(fmt.Sprintf("/proc/%d/task", pid))
	if err != nil {
		t.Fatal(err)
	}
	var tids []int
	for _, e := range entries {
		if tid, err := strconv.Atoi(e.Name()); err == nil {
			tids = append(tids, tid)
		}
	}
	return tids
}

// callIn has the thread make a system call and returns what it returned. The
// thread goes on afterwards as if nothing had been.
func callIn(tid int, args [4]uint64) (int64, error) {
	// All requests have to come from the thread that attached.
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	if err := unix.PtraceAttach(tid); err != nil {
		return 0, err
	}
	defer unix.PtraceDetach(tid)
	if err := waitStop(tid); err != nil {
		return 0, err
	}
	var saved unix.PtraceRegs
	if err := unix.PtraceGetRegs(tid, &saved); err != nil {
		return 0, err
	}
	defer unix.PtraceSetRegs(tid, &saved) // before it is detached
	return step(tid, saved, args)
}

// step runs one instruction, the one that calls the system. A thread that
// sleeps in the kernel has it right behind it.
func step(tid int, regs unix.PtraceRegs, args [4]uint64) (int64, error) {
	code := make([]byte, 2)
	if _, err := unix.PtracePeekText(tid, uintptr(regs.Rip-2), code); err != nil {
		return 0, err
	}
	if string(code) != "\x0f\x05" {
		return 0, fmt.Errorf("the thread is not in a system call: %w", unix.ESRCH)
	}
	regs.Rip -= 2
	regs.Rax, regs.Rdi, regs.Rsi, regs.Rdx = args[0], args[1], args[2], args[3]
	regs.Orig_rax = ^uint64(0) // so that the kernel does not restart what it was in
	if err := unix.PtraceSetRegs(tid, &regs); err != nil {
		return 0, err
	}
	if err := unix.PtraceSingleStep(tid); err != nil {
		return 0, err
	}
	if err := waitStop(tid); err != nil {
		return 0, err
	}
	err := unix.PtraceGetRegs(tid, &regs)
	return int64(regs.Rax), err
}

// waitStop waits until the thread has stopped for its tracer.
func waitStop(tid int) error {
	for {
		var status unix.WaitStatus
		_, err := unix.Wait4(tid, &status, unix.WALL, nil)
		if errors.Is(err, unix.EINTR) {
			continue
		}
		if err == nil && !status.Stopped() {
			err = unix.ESRCH
		}
		return err
	}
}
