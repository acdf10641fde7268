package confine

import (
	"math"
	"os"
	"runtime"
	"strconv"
	"unsafe"

	"golang.org/x/sys/unix"
)

// Probe tries what p forbids, without effect, and returns what is possible. It is for
// tests: Apply does the same for the rules that it has set. On a kernel that enforces
// only a part of p, Probe also returns the rest.
func (p Policy) Probe() []string { return p.probe(Report{Landlock: abiNewest, Seccomp: true}) }

// probe tries what is forbidden according to r.
func (p Policy) probe(r Report) []string {
	var open []string
	if r.Seccomp {
		open = append(open, p.probeCalls()...)
		open = append(open, p.probeIDs()...)
	}
	if r.Landlock > 0 {
		open = append(open, probeFiles()...)
	}
	return open
}

// attempt is a system call that has no effect even if it is allowed: the kernel returns
// another error than EPERM then.
type attempt struct {
	name string
	call uintptr
	args [3]uintptr
}

// noID is the only id that no user can have.
const noID = math.MaxUint32

// probeCalls returns the calls that the filter has not refused.
func (p Policy) probeCalls() []string {
	attempts := []attempt{
		{name: "execve", call: unix.SYS_EXECVE},                        // EFAULT
		{"ptrace", unix.SYS_PTRACE, [3]uintptr{unix.PTRACE_CONT}},      // ESRCH: no process 0
		{"io_uring_setup", unix.SYS_IO_URING_SETUP, [3]uintptr{1}},     // EFAULT
		{"fork", unix.SYS_CLONE, [3]uintptr{unix.CLONE_SIGHAND}},       // EINVAL: that needs CLONE_VM
		{"socket", unix.SYS_SOCKET, [3]uintptr{math.MaxInt32, 0, 0}},   // EAFNOSUPPORT
		{"chmod u+s", unix.SYS_FCHMOD, [3]uintptr{noID, unix.S_ISUID}}, // EBADF
		{"kill", unix.SYS_KILL, [3]uintptr{math.MaxInt32, 0, 0}},       // ESRCH: no such process
	}
	if !p.Become {
		attempts = append(attempts,
			attempt{"setuid", unix.SYS_SETUID, [3]uintptr{noID}}, // EINVAL, like the next one
			attempt{"setgid", unix.SYS_SETGID, [3]uintptr{noID}},
			attempt{"setreuid", unix.SYS_SETREUID, [3]uintptr{noID, noID}}, // the following would change nothing
			attempt{"setregid", unix.SYS_SETREGID, [3]uintptr{noID, noID}},
			attempt{"setresuid", unix.SYS_SETRESUID, [3]uintptr{noID, noID, noID}},
			attempt{"setresgid", unix.SYS_SETRESGID, [3]uintptr{noID, noID, noID}})
	}
	var open []string
	for _, a := range attempts {
		if _, _, errno := unix.RawSyscall(a.call, a.args[0], a.args[1], a.args[2]); errno != unix.EPERM {
			open = append(open, a.name)
		}
	}
	return open
}

// probeIDs returns the forbidden ids that a thread could take.
func (p Policy) probeIDs() []string {
	if p.Become {
		return nil
	}
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	var open []string
	for _, uid := range []int{0, p.FirstUID - 1} {
		if uid < 0 || uid == os.Geteuid() {
			continue
		}
		_ = unix.Setfsuid(uid) // Its result has no meaning.
		if now, err := unix.SetfsuidRetUid(-1); err == nil && now == uid {
			open = append(open, "setfsuid "+strconv.Itoa(uid))
			_ = unix.Setfsuid(os.Geteuid()) // Restoring the own id is always allowed.
		}
	}
	if p.FirstUID == 0 {
		var group uint32
		_, _, errno := unix.RawSyscall(unix.SYS_SETGROUPS, math.MaxInt32, uintptr(unsafe.Pointer(&group)), 0)
		if errno != unix.EPERM {
			open = append(open, "setgroups")
		}
	}
	return open
}

// probeFiles returns the root directory if it can be read, which no policy permits.
func probeFiles() []string {
	fd, err := unix.Open("/", unix.O_RDONLY|unix.O_DIRECTORY|unix.O_CLOEXEC, 0)
	if err != nil {
		return nil
	}
	_ = unix.Close(fd)
	return []string{"open /"}
}
