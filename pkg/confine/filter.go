//go:build amd64 || arm64

package confine

import (
	"math"

	"golang.org/x/sys/unix"
)

// What the kernel does with a system call, in the lower half an errno.
const (
	allow = unix.SECCOMP_RET_ALLOW
	// An error and not the end of the process, so that what was tried is
	// seen in a log and the sessions go on.
	deny = unix.SECCOMP_RET_ERRNO | uint32(unix.EPERM)
	// For calls that a C library makes in place of older ones: it falls back.
	absent = unix.SECCOMP_RET_ERRNO | uint32(unix.ENOSYS)
	// For calls that nothing but an attack makes.
	kill = unix.SECCOMP_RET_KILL_PROCESS
)

// rule is what is done with some system calls: the action of the first test
// that holds, or else the last one.
type rule struct {
	calls []uint32
	tests []test
	last  uint32
}

// test compares the lower 32 bits of an argument. More do not count: uid_t,
// gid_t, pid_t, mode_t, families and ioctl requests have no more, so that a
// comparison of all 64 could be cheated with bits that the kernel drops.
type test struct {
	arg    uint32 // from 0
	cond   uint16 // unix.BPF_JEQ, BPF_JGE or BPF_JSET
	value  uint32
	action uint32
}

// Where struct seccomp_data has what (seccomp(2)), on a little-endian machine.
const (
	offsetCall = 0
	offsetArch = 4
	offsetArgs = 16
)

// noCall is the number that a debugger sets to have none made.
const noCall = math.MaxUint32

// assemble returns the program that obeys rules and allows all other calls.
func assemble(rules []rule) []unix.SockFilter {
	// A filter that knows calls by number is only as good as this check: on
	// the same processor other tables of numbers may be in use as well.
	f := []unix.SockFilter{
		load(offsetArch), jump(unix.BPF_JEQ, auditArch, 1, 0), give(kill),
		load(offsetCall), jump(unix.BPF_JEQ, noCall, 0, 1), give(allow),
		jump(unix.BPF_JGE, foreignCalls, 0, 1), give(kill),
	}
	for _, r := range rules {
		body := r.body()
		for _, call := range r.calls {
			f = append(f, jump(unix.BPF_JEQ, call, 0, len(body)))
			f = append(f, body...)
		}
	}
	return append(f, give(allow))
}

// body returns the instructions that decide on a call. They always return, so
// that the number of the call is still loaded behind them.
func (r rule) body() []unix.SockFilter {
	var f []unix.SockFilter
	for _, t := range r.tests {
		f = append(f, load(offsetArgs+8*t.arg), jump(t.cond, t.value, 0, 1), give(t.action))
	}
	return append(f, give(r.last))
}

// load returns the instruction that loads 32 bits of the call's description.
func load(offset uint32) unix.SockFilter {
	return unix.SockFilter{Code: unix.BPF_LD | unix.BPF_W | unix.BPF_ABS, K: offset}
}

// jump returns the instruction that skips the next yes if what is loaded
// compares with value as cond says, and the next no otherwise.
func jump(cond uint16, value uint32, yes, no int) unix.SockFilter {
	return unix.SockFilter{Code: unix.BPF_JMP | unix.BPF_K | cond, Jt: uint8(yes), Jf: uint8(no), K: value}
}

// give returns the instruction that ends the program with action.
func give(action uint32) unix.SockFilter {
	return unix.SockFilter{Code: unix.BPF_RET | unix.BPF_K, K: action}
}
