package trace

import (
	"errors"
	"fmt"
	"os"
	"runtime"
	"strconv"

	"golang.org/x/sys/unix"
)

// Supported reports whether system calls of another process can be made here:
// registers are as amd64 has them.
const Supported = true

// errAwake means that a thread is not in a system call. It is ESRCH too, as for
// a thread that has ended: another one will do.
var errAwake = fmt.Errorf("the thread is not in a system call: %w", unix.ESRCH)

// Threads returns the ids of the threads of a process.
func Threads(pid int) ([]int, error) {
	entries, err := os.ReadDir(fmt.Sprintf("/proc/%d/task", pid))
	if err != nil {
		return nil, err
	}
	var tids []int
	for _, e := range entries {
		if tid, err := strconv.Atoi(e.Name()); err == nil {
			tids = append(tids, tid)
		}
	}
	return tids, nil
}

// Call has the thread make a system call, its number and its arguments, and
// returns what it returned: the negative errno after an error. The thread goes
// on afterwards as if nothing had been. The error is ESRCH if the thread has
// ended or is not in a system call.
func Call(tid int, call [4]uint64) (int64, error) { return trace(tid, "", call) }

// CallPath is Call with a path, whose address is put in the place of argument
// number arg, from 1.
func CallPath(tid int, path string, arg int, call [4]uint64) (int64, error) {
	call[arg] = pathAddress
	return trace(tid, path, call)
}

// pathAddress stands for the address of the path.
const pathAddress = ^uint64(0) - 4096

// belowStack is where the path is put: so far below the stack's end that no
// signal handler of the thread has reached it.
const belowStack = 8 << 10

func trace(tid int, path string, call [4]uint64) (int64, error) {
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
	if path == "" {
		return step(tid, saved, call)
	}
	return stepWithPath(tid, saved, path, call)
}

// stepWithPath puts the path into the thread's memory for the time of the call.
func stepWithPath(tid int, regs unix.PtraceRegs, path string, call [4]uint64) (int64, error) {
	address := uintptr(regs.Rsp) - belowStack
	before := make([]byte, len(path)+1)
	if _, err := unix.PtracePeekData(tid, address, before); err != nil {
		return 0, err
	}
	if _, err := unix.PtracePokeData(tid, address, append([]byte(path), 0)); err != nil {
		return 0, err
	}
	defer unix.PtracePokeData(tid, address, before)
	for i, arg := range call {
		if arg == pathAddress {
			call[i] = uint64(address)
		}
	}
	return step(tid, regs, call)
}

// step runs one instruction, the one that calls the system. A thread that
// sleeps in the kernel has it right after it.
func step(tid int, regs unix.PtraceRegs, call [4]uint64) (int64, error) {
	code := make([]byte, 2)
	if _, err := unix.PtracePeekText(tid, uintptr(regs.Rip-2), code); err != nil {
		return 0, err
	}
	if string(code) != "\x0f\x05" {
		return 0, errAwake
	}
	regs.Rip -= 2
	regs.Rax, regs.Rdi, regs.Rsi, regs.Rdx = call[0], call[1], call[2], call[3]
	regs.R10, regs.R8, regs.R9 = 0, 0, 0 // a filter looks at the mode of openat
	regs.Orig_rax = ^uint64(0)           // so that the kernel does not restart what it was in
	if err := unix.PtraceSetRegs(tid, &regs); err != nil {
		return 0, err
	}
	// A signal, with which Go's runtime interrupts its threads, can stop the
	// thread before it has run the instruction.
	start := regs.Rip
	for range 100 {
		if err := unix.PtraceSingleStep(tid); err != nil {
			return 0, err
		}
		if err := waitStop(tid); err != nil {
			return 0, err
		}
		if err := unix.PtraceGetRegs(tid, &regs); err != nil {
			return 0, err
		}
		if regs.Rip != start {
			return int64(regs.Rax), nil
		}
	}
	return 0, errAwake
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
