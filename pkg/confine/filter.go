//go:build amd64 || arm64

package confine

import (
	"maps"
	"math"
	"slices"

	"golang.org/x/sys/unix"
)

// The actions of the kernel for a system call. The lower 16 bits are an errno.
const (
	allow = unix.SECCOMP_RET_ALLOW
	// An error does not end the process: the attempt is logged and the sessions continue.
	deny = unix.SECCOMP_RET_ERRNO | uint32(unix.EPERM)
	// ENOSYS makes a C library use the older call.
	absent = unix.SECCOMP_RET_ERRNO | uint32(unix.ENOSYS)
	// Only an attacker makes such a call.
	kill = unix.SECCOMP_RET_KILL_PROCESS
)

// rule is the action for some system calls: that of the first test that succeeds,
// otherwise the last one.
type rule struct {
	calls []uint32
	tests []test
	last  uint32
}

// test compares the lower 32 bits of an argument. uid_t, gid_t, pid_t, mode_t, families
// and ioctl requests have 32 bits. A comparison of all 64 bits could be bypassed with
// bits that the kernel ignores.
type test struct {
	arg    uint32 // from 0
	cond   uint16 // unix.BPF_JEQ, BPF_JGE or BPF_JSET
	value  uint32
	action uint32
}

// Offsets in struct seccomp_data (seccomp(2)) on a little-endian machine.
const (
	offsetCall = 0
	offsetArch = 4
	offsetArgs = 16
)

// noCall is the number with which a debugger suppresses a call.
const noCall = math.MaxUint32

// assemble returns the program that applies the rules and allows all other calls. The first
// rule for a call counts.
func assemble(rules []rule) []unix.SockFilter {
	// The numbers of calls are only valid for this architecture, and a processor can
	// have several.
	f := []unix.SockFilter{
		load(offsetArch), jump(unix.BPF_JEQ, auditArch, 1, 0), give(kill),
		load(offsetCall), jump(unix.BPF_JEQ, noCall, 0, 1), give(allow),
		jump(unix.BPF_JGE, foreignCalls, 0, 1), give(kill),
	}
	return appendSearch(f, segments(rules))
}

// segment is what applies to the calls from first on, up to the next segment.
type segment struct {
	first uint32
	body  []unix.SockFilter
}

// segments returns the segments of all calls, in order. Neighbours differ.
func segments(rules []rule) []segment {
	bodies := map[uint32][]unix.SockFilter{}
	for _, r := range rules {
		body := r.body()
		for _, call := range r.calls {
			if bodies[call] == nil {
				bodies[call] = body
			}
		}
	}
	other := []unix.SockFilter{give(allow)}
	all := []segment{{0, other}}
	add := func(first uint32, body []unix.SockFilter) {
		switch last := &all[len(all)-1]; {
		case slices.Equal(last.body, body):
		case last.first == first:
			last.body = body
		default:
			all = append(all, segment{first, body})
		}
	}
	for _, call := range slices.Sorted(maps.Keys(bodies)) {
		add(call, bodies[call])
		if bodies[call+1] == nil {
			add(call+1, other)
		}
	}
	return all
}

// appendSearch appends the instructions that find the segment of the loaded number. The
// kernel obeys the whole program for each call that it does not always allow, and once for
// each number when it loads the program. So this is a binary search.
func appendSearch(f []unix.SockFilter, all []segment) []unix.SockFilter {
	if len(all) == 1 {
		return append(f, all[0].body...)
	}
	middle, start := len(all)/2, len(f)
	f = append(f, jump(unix.BPF_JGE, all[middle].first, 0, 1), skip(0))
	f = appendSearch(f, all[:middle])
	f[start+1] = skip(len(f) - start - 2)
	return appendSearch(f, all[middle:])
}

// body returns the instructions for a call. They always return, so that the number of
// the call is still loaded after them.
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

// jump returns the instruction that skips yes instructions if the comparison of the
// loaded value succeeds, and no instructions otherwise.
func jump(cond uint16, value uint32, yes, no int) unix.SockFilter {
	return unix.SockFilter{Code: unix.BPF_JMP | unix.BPF_K | cond, Jt: uint8(yes), Jf: uint8(no), K: value}
}

// skip returns the instruction that skips any number of instructions.
func skip(n int) unix.SockFilter {
	return unix.SockFilter{Code: unix.BPF_JMP | unix.BPF_JA, K: uint32(n)}
}

// give returns the instruction that ends the program with an action.
func give(action uint32) unix.SockFilter {
	return unix.SockFilter{Code: unix.BPF_RET | unix.BPF_K, K: action}
}
