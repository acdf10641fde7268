package confine_test

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"syscall"
	"testing"
	"unsafe"

	"golang.org/x/sys/unix"

	"tpops/pkg/confine"
	"tpops/pkg/osuser"
)

// The same crash with and without: only the difference says something, for
// machines differ in what they do with core files.
func TestNoCoreDumps(t *testing.T) {
	if !dumpsCore(t, "crash") {
		t.Skip("this machine makes no core files")
	}
	if dumpsCore(t, "crash, no core") {
		t.Error("core dumped")
	}
}

// dumpsCore reports whether the end of the child is told to be one with core,
// or there is a file.
func dumpsCore(t *testing.T, child string) bool {
	t.Helper()
	dir := tree(t)
	cmd := command(t, child, dir, nil)
	out, err := cmd.Output()
	var exit *exec.ExitError
	if !errors.As(err, &exit) || exit.Sys().(syscall.WaitStatus).Signal() != unix.SIGABRT {
		t.Fatalf("child ended with %v and printed %q", err, out)
	}
	files, err := filepath.Glob(filepath.Join(dir, "core*"))
	if err != nil {
		t.Fatal(err)
	}
	return exit.Sys().(syscall.WaitStatus).CoreDump() || len(files) > 0
}

// childCrash ends by a signal that dumps core, cut short.
func childCrash() error {
	_ = unix.Setrlimit(unix.RLIMIT_CORE, &unix.Rlimit{Cur: 1 << 16, Max: 1 << 16}) // Refused: then the test skips.
	return crash()
}

func childCrashNoCore() error {
	for range 2 { // the second time changes nothing
		if err := confine.NoCoreDumps(); err != nil {
			return err
		}
	}
	if text, err := os.ReadFile("/proc/self/coredump_filter"); err != nil || strings.Trim(string(text), "0\n") != "" {
		return fmt.Errorf("coredump_filter: %q, %v", text, err)
	}
	// Refused if it may not raise what it lowered; else the filter is left.
	if err := unix.Setrlimit(unix.RLIMIT_CORE, &unix.Rlimit{Cur: 1 << 16, Max: 1 << 16}); err == nil && os.Geteuid() != 0 {
		return errors.New("limit raised again")
	}
	if err := confine.NoCoreDumps(); err != nil {
		return err
	}
	return crash()
}

// crash sends the signal with its default action, which Go's own handler
// would turn into a trace.
func crash() error {
	runtime.LockOSThread()
	var action [4]uint64 // struct sigaction of the kernel: SIG_DFL
	_, _, errno := unix.RawSyscall6(unix.SYS_RT_SIGACTION, uintptr(unix.SIGABRT), uintptr(unsafe.Pointer(&action)), 0, 8, 0, 0)
	if errno != 0 {
		return errno
	}
	return errors.Join(unix.Tgkill(os.Getpid(), unix.Gettid(), unix.SIGABRT), errors.New("still there"))
}

// Nobody traces the process or reads its memory, also after it acted as
// another user, which sets one of the ways back.
func TestNotTraced(t *testing.T) { runChild(t, "no core, traced", tree(t), asDaemon(t)) }

func childNotTraced() error {
	if err := confine.NoCoreDumps(); err != nil {
		return err
	}
	if err := (&osuser.Owner{UID: alice, GID: alice}).Do(func() error { return nil }); err != nil {
		return err
	}
	dumpable, err := unix.PrctlRetInt(unix.PR_GET_DUMPABLE, 0, 0, 0, 0)
	if err != nil || dumpable == 1 {
		return fmt.Errorf("dumpable: %d, %v", dumpable, err)
	}
	if err := open("/proc/self/mem", unix.O_RDONLY); !errors.Is(err, unix.EACCES) {
		return fmt.Errorf("memory: %v", err)
	}
	return nil
}
