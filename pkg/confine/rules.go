//go:build amd64 || arm64

package confine

import (
	"math"
	"os"

	"golang.org/x/sys/unix"
)

// never are dangerous system calls that serving mail does not need. Harmless calls that
// it does not need are excluded by the list of allowed calls in the unit.
var never = append([]uint32{
	// Other programs. Landlock does not restrict programs in memory.
	unix.SYS_EXECVE, unix.SYS_EXECVEAT,
	// Other processes: reading, writing, stealing from, signalling them.
	unix.SYS_PTRACE, unix.SYS_PROCESS_VM_READV, unix.SYS_PROCESS_VM_WRITEV,
	unix.SYS_PROCESS_MADVISE, unix.SYS_PROCESS_MRELEASE, unix.SYS_KCMP,
	unix.SYS_PIDFD_GETFD, unix.SYS_PIDFD_SEND_SIGNAL,
	// These can make other calls without the filter.
	unix.SYS_IO_URING_SETUP, unix.SYS_IO_URING_ENTER, unix.SYS_IO_URING_REGISTER,
	// Namespaces, mounts, roots.
	unix.SYS_UNSHARE, unix.SYS_SETNS, unix.SYS_CHROOT, unix.SYS_PIVOT_ROOT,
	unix.SYS_MOUNT, unix.SYS_UMOUNT2, unix.SYS_MOVE_MOUNT, unix.SYS_MOUNT_SETATTR,
	unix.SYS_OPEN_TREE, unix.SYS_FSOPEN, unix.SYS_FSCONFIG, unix.SYS_FSMOUNT, unix.SYS_FSPICK,
	unix.SYS_SWAPON, unix.SYS_SWAPOFF, unix.SYS_QUOTACTL, unix.SYS_QUOTACTL_FD,
	// Files without their path, which Landlock does not restrict.
	unix.SYS_OPEN_BY_HANDLE_AT, unix.SYS_NAME_TO_HANDLE_AT, unix.SYS_FANOTIFY_INIT,
	// The kernel itself, and parts of it that often have vulnerabilities.
	unix.SYS_INIT_MODULE, unix.SYS_FINIT_MODULE, unix.SYS_DELETE_MODULE,
	unix.SYS_KEXEC_LOAD, unix.SYS_BPF, unix.SYS_PERF_EVENT_OPEN, unix.SYS_USERFAULTFD,
	unix.SYS_ADD_KEY, unix.SYS_KEYCTL, unix.SYS_REQUEST_KEY,
	unix.SYS_MOVE_PAGES, unix.SYS_MIGRATE_PAGES, unix.SYS_PERSONALITY,
	unix.SYS_LOOKUP_DCOOKIE, unix.SYS_NFSSERVCTL,
	// The machine: reboot, log, accounting, names and clock.
	unix.SYS_REBOOT, unix.SYS_SYSLOG, unix.SYS_ACCT, unix.SYS_VHANGUP,
	unix.SYS_SETHOSTNAME, unix.SYS_SETDOMAINNAME, unix.SYS_SETTIMEOFDAY,
	unix.SYS_CLOCK_SETTIME, unix.SYS_CLOCK_ADJTIME, unix.SYS_ADJTIMEX,
}, neverHere...)

// setID are the calls that permanently change the ids of a process.
var setID = []uint32{
	unix.SYS_SETUID, unix.SYS_SETREUID, unix.SYS_SETRESUID,
	unix.SYS_SETGID, unix.SYS_SETREGID, unix.SYS_SETRESGID,
}

// namespaces are the flags with which clone makes a namespace.
const namespaces = unix.CLONE_NEWNS | unix.CLONE_NEWCGROUP | unix.CLONE_NEWUTS | unix.CLONE_NEWIPC |
	unix.CLONE_NEWUSER | unix.CLONE_NEWPID | unix.CLONE_NEWNET

// setBits are the bits of a mode that give the rights of the owner or group to each user
// who runs the file. The process, which can be in any group, could pass on these rights.
const setBits = unix.S_ISUID | unix.S_ISGID

// rules returns the rules of p for system calls.
func (p Policy) rules() []rule {
	sockets := rule{calls: []uint32{unix.SYS_SOCKET}, last: deny, tests: p.families()}
	if p.Further {
		return append(p.idRules(), sockets)
	}
	pid := uint32(os.Getpid())
	rules := []rule{
		{calls: never, last: deny},
		// A filter cannot see their arguments, which are in memory. C libraries use clone
		// and openat instead.
		{calls: []uint32{unix.SYS_CLONE3, unix.SYS_OPENAT2}, last: absent},
		// Threads, but no new process.
		{calls: []uint32{unix.SYS_CLONE}, last: deny, tests: []test{
			{0, unix.BPF_JSET, namespaces, deny}, {0, unix.BPF_JSET, unix.CLONE_THREAD, allow}}},
		// Go's scheduler signals its own threads.
		{calls: []uint32{unix.SYS_KILL, unix.SYS_TGKILL, unix.SYS_RT_SIGQUEUEINFO, unix.SYS_RT_TGSIGQUEUEINFO},
			last: deny, tests: []test{{0, unix.BPF_JEQ, pid, allow}}},
		// Simulated input of the terminal from which the process was started.
		{calls: []uint32{unix.SYS_IOCTL}, last: allow, tests: []test{
			{1, unix.BPF_JEQ, unix.TIOCSTI, deny}, {1, unix.BPF_JEQ, unix.TIOCLINUX, deny}}},
		sockets,
	}
	for arg, calls := range modeArgument {
		rules = append(rules, rule{calls: calls, last: allow, tests: []test{{uint32(arg), unix.BPF_JSET, setBits, deny}}})
	}
	return append(rules, p.idRules()...)
}

// families returns the tests for the families of sockets that can be made.
func (p Policy) families() []test {
	tests := []test{{0, unix.BPF_JEQ, unix.AF_UNIX, allow}}
	if !p.network() {
		return tests
	}
	if !p.AllTCP {
		// Landlock's rules for TCP do not apply to MPTCP.
		tests = append(tests, test{2, unix.BPF_JEQ, unix.IPPROTO_MPTCP, deny})
	}
	return append(tests, test{0, unix.BPF_JEQ, unix.AF_INET, allow}, test{0, unix.BPF_JEQ, unix.AF_INET6, allow},
		test{0, unix.BPF_JEQ, unix.AF_NETLINK, allow}) // C libraries use netlink for DNS.
}

// idRules returns the rules for the ids that the process and its threads may take.
func (p Policy) idRules() []rule {
	if p.Become {
		return nil
	}
	refused := append([]uint32{again}, setID...)
	if p.FirstUID == 0 {
		refused = append(refused, unix.SYS_SETGROUPS)
	}
	return []rule{
		{calls: refused, last: deny},
		{calls: []uint32{unix.SYS_SETFSUID}, last: deny, tests: idTests(os.Geteuid(), p.FirstUID)},
		{calls: []uint32{unix.SYS_SETFSGID}, last: deny, tests: idTests(os.Getegid(), p.FirstGID)},
	}
}

// idTests allows the id of the process, -1, which only returns the current id, and the
// ids from first on unless first is 0.
func idTests(own, first int) []test {
	tests := []test{{0, unix.BPF_JEQ, uint32(own), allow}, {0, unix.BPF_JEQ, math.MaxUint32, allow}}
	if first != 0 {
		tests = append(tests, test{0, unix.BPF_JGE, uint32(first), allow})
	}
	return tests
}
