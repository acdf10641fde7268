package confine_test

import (
	"errors"
	"fmt"
	"os/exec"
	"syscall"
	"testing"
	"unsafe"

	"golang.org/x/sys/unix"

	"tpops/pkg/confine"
)

// The same processor knows two further tables of system calls, in which the
// numbers of the filter mean other things.
func TestForeignCalls(t *testing.T) {
	for _, name := range []string{"foreign calls", "x32 calls"} {
		t.Run(name, func(t *testing.T) {
			cmd := command(t, name, tree(t), nil)
			out, err := cmd.Output()
			var exit *exec.ExitError
			if !errors.As(err, &exit) || exit.Sys().(syscall.WaitStatus).Signal() != unix.SIGSYS {
				t.Errorf("child ended with %v and printed %q", err, out)
			}
			if string(out) != "confined\n" {
				t.Errorf("child printed %q", out)
			}
		})
	}
}

// childForeignCalls makes the call getpid as a 32-bit program would.
func childForeignCalls() error {
	code, err := unix.Mmap(-1, 0, 4096, unix.PROT_READ|unix.PROT_WRITE|unix.PROT_EXEC, unix.MAP_PRIVATE|unix.MAP_ANON)
	if err != nil {
		return err
	}
	// mov eax, 20; int 0x80; ret: a Go function without arguments, whose
	// result is in the same register.
	copy(code, []byte{0xb8, 20, 0, 0, 0, 0xcd, 0x80, 0xc3})
	entry := &code[0]
	pointer := unsafe.Pointer(&entry)
	getpid := *(*func() uintptr)(unsafe.Pointer(&pointer))
	if err := apply(confine.Policy{}); err != nil {
		return err
	}
	fmt.Println("confined")
	return fmt.Errorf("getpid: %d", int32(getpid()))
}

func childX32Calls() error {
	if err := apply(confine.Policy{}); err != nil {
		return err
	}
	fmt.Println("confined")
	const x32 = 0x40000000
	pid, _, errno := unix.RawSyscall(x32+unix.SYS_GETPID, 0, 0, 0)
	return fmt.Errorf("getpid: %d, %v", pid, errno)
}
