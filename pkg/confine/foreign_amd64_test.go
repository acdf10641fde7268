package confine_test

import (
	"errors"
	"fmt"
	"os/exec"
	"syscall"
	"testing"
	"unsafe"

	"golang.org/x/sys/unix"
)

// The same processor knows two further tables of system calls, in which the
// numbers of the filter mean other things. A kernel may have them or not: what it
// has, the filter has to stop.
func TestForeignCalls(t *testing.T) {
	for _, name := range []string{"foreign calls", "x32 calls"} {
		t.Run(name, func(t *testing.T) {
			want := unix.SIGSYS
			if signal, out := foreignChild(t, name+", free"); signal != -1 && out == "ready\n" {
				want = signal // The kernel does not have the call.
			}
			if signal, out := foreignChild(t, name); signal != want || out != "ready\n" {
				t.Errorf("child ended with signal %d and printed %q, want signal %d", signal, out, want)
			}
		})
	}
}

// foreignChild runs a child that makes a call. It returns the signal that ended the child,
// -1 if none did, and what it printed.
func foreignChild(t *testing.T, name string) (syscall.Signal, string) {
	t.Helper()
	cmd := command(t, name, tree(t), nil)
	cmd.Env = append(cmd.Env, "GOTRACEBACK=crash") // The Go runtime ends with the signal that it gets.
	out, err := cmd.Output()
	var exit *exec.ExitError
	if !errors.As(err, &exit) {
		t.Fatalf("child ended with %v and printed %q", err, out)
	}
	return exit.Sys().(syscall.WaitStatus).Signal(), string(out)
}

// childForeignCalls makes the call getpid as a 32-bit program would, after confine.
func childForeignCalls(confine func() error) error {
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
	if err := confine(); err != nil {
		return err
	}
	fmt.Println("ready")
	return fmt.Errorf("getpid: %d", int32(getpid()))
}

// childX32Calls makes it as a program with 32-bit pointers would.
func childX32Calls(confine func() error) error {
	if err := confine(); err != nil {
		return err
	}
	fmt.Println("ready")
	const x32 = 0x40000000
	pid, _, errno := unix.RawSyscall(x32+unix.SYS_GETPID, 0, 0, 0)
	return fmt.Errorf("getpid: %d, %v", pid, errno)
}
