package confine_test

import (
	"fmt"
	"runtime"
	"strings"
	"testing"
	"unsafe"

	"golang.org/x/sys/unix"

	"tpops/pkg/confine"
)

// What the kernel does not offer, or somebody has forbidden before, is told.
func TestReport(t *testing.T) {
	for _, name := range []string{"report", "no Landlock", "no seccomp"} {
		t.Run(name, func(t *testing.T) { runChild(t, name, tree(t), nil) })
	}
}

func childReport() error {
	want := "files by Landlock ABI"
	if landlockABI() < 2 {
		want = "files not confined"
	}
	return reports(want, "system calls by seccomp")
}

func childNoLandlock() error {
	if err := forbid(unix.SYS_LANDLOCK_CREATE_RULESET, unix.ENOSYS); err != nil {
		return err
	}
	return reports("files not confined", "system calls by seccomp", "not enforced: files (the kernel has no Landlock")
}

func childNoSeccomp() error {
	if err := forbid(unix.SYS_SECCOMP, unix.EPERM); err != nil {
		return err
	}
	return reports("system calls not confined", "system calls (no seccomp: operation not permitted)")
}

// reports applies a policy and looks for words in the report.
func reports(want ...string) error {
	report, err := confine.Apply(confine.Policy{})
	if err != nil {
		return err
	}
	for _, words := range want {
		if !strings.Contains(report.String(), words) {
			return fmt.Errorf("report %q lacks %q", report, words)
		}
	}
	return nil
}

// forbid answers a system call with an error, as a container may do.
func forbid(call uint32, errno unix.Errno) error {
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	filter := []unix.SockFilter{
		{Code: unix.BPF_LD | unix.BPF_W | unix.BPF_ABS},
		{Code: unix.BPF_JMP | unix.BPF_JEQ, Jf: 1, K: call},
		{Code: unix.BPF_RET, K: unix.SECCOMP_RET_ERRNO | uint32(errno)},
		{Code: unix.BPF_RET, K: unix.SECCOMP_RET_ALLOW},
	}
	if err := unix.Prctl(unix.PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0); err != nil {
		return err
	}
	prog := unix.SockFprog{Len: uint16(len(filter)), Filter: &filter[0]}
	_, _, refused := unix.Syscall(unix.SYS_SECCOMP, unix.SECCOMP_SET_MODE_FILTER,
		unix.SECCOMP_FILTER_FLAG_TSYNC, uintptr(unsafe.Pointer(&prog)))
	if refused != 0 {
		return refused
	}
	return nil
}
