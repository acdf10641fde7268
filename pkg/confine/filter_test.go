//go:build amd64 || arm64

package confine

import (
	"os"
	"slices"
	"testing"

	"golang.org/x/sys/unix"
)

// run obeys a program and returns its action.
func run(t *testing.T, program []unix.SockFilter, arch, call uint32, args [6]uint64) uint32 {
	t.Helper()
	action, _ := obey(t, program, arch, call, args)
	return action
}

// obey obeys a program as the kernel does (seccomp(2)), and returns its action and how many
// instructions that took.
func obey(t *testing.T, program []unix.SockFilter, arch, call uint32, args [6]uint64) (action uint32, steps int) {
	t.Helper()
	data := map[uint32]uint32{offsetCall: call, offsetArch: arch}
	for i, arg := range args {
		data[offsetArgs+8*uint32(i)], data[offsetArgs+8*uint32(i)+4] = uint32(arg), uint32(arg>>32)
	}
	var a uint32
	for i := 0; i < len(program); i++ {
		ins := program[i]
		steps++
		switch ins.Code {
		case unix.BPF_LD | unix.BPF_W | unix.BPF_ABS:
			a = data[ins.K]
		case unix.BPF_RET | unix.BPF_K:
			return ins.K, steps
		case unix.BPF_JMP | unix.BPF_JA:
			i += int(ins.K)
		default:
			holds := map[uint16]bool{unix.BPF_JEQ: a == ins.K, unix.BPF_JGE: a >= ins.K, unix.BPF_JSET: a&ins.K != 0}
			if holds[ins.Code&^(unix.BPF_JMP|unix.BPF_K)] {
				i += int(ins.Jt)
			} else {
				i += int(ins.Jf)
			}
		}
	}
	t.Fatal("program has no end")
	return 0, steps
}

func TestFilter(t *testing.T) {
	own := uint64(os.Geteuid())
	act := Policy{FirstUID: 1 << 20, FirstGID: 1 << 21}
	port := Policy{Connect: []uint16{3306}}
	all := Policy{AllTCP: true}
	tests := []struct {
		name   string
		policy Policy
		call   uint32
		args   [6]uint64
		want   uint32
	}{
		{"no call at all", act, 1<<32 - 1, [6]uint64{}, allow},
		{"read", act, unix.SYS_READ, [6]uint64{}, allow},
		{"the last call of never", act, never[len(never)-1], [6]uint64{}, deny},
		{"execve", act, unix.SYS_EXECVE, [6]uint64{}, deny},
		{"clone3", act, unix.SYS_CLONE3, [6]uint64{}, absent},
		{"thread", act, unix.SYS_CLONE, [6]uint64{unix.CLONE_THREAD | unix.CLONE_VM}, allow},
		{"process", act, unix.SYS_CLONE, [6]uint64{unix.CLONE_VFORK}, deny},
		{"namespace", act, unix.SYS_CLONE, [6]uint64{unix.CLONE_THREAD | unix.CLONE_NEWNET}, deny},
		{"setgroups", act, unix.SYS_SETGROUPS, [6]uint64{}, allow},
		{"setgroups, own id only", Policy{}, unix.SYS_SETGROUPS, [6]uint64{}, deny},
		{"setgroups, become", Policy{Become: true}, unix.SYS_SETGROUPS, [6]uint64{}, allow},
		{"setresuid", act, unix.SYS_SETRESUID, [6]uint64{1 << 20, 1 << 20, 1 << 20}, deny},
		{"setresuid, become", Policy{Become: true}, unix.SYS_SETRESUID, [6]uint64{}, allow},
		{"other threads of any process", act, again, [6]uint64{1}, deny},
		{"other threads, become", Policy{Become: true}, again, [6]uint64{1}, allow},
		{"setresgid", act, unix.SYS_SETRESGID, [6]uint64{1 << 21, 1 << 21, 1 << 21}, deny},
		{"first uid", act, unix.SYS_SETFSUID, [6]uint64{1 << 20}, allow},
		{"below first uid", act, unix.SYS_SETFSUID, [6]uint64{1<<20 - 1}, deny},
		{"below first uid in what counts", act, unix.SYS_SETFSUID, [6]uint64{1<<40 + 5}, deny},
		{"last uid", act, unix.SYS_SETFSUID, [6]uint64{1<<32 - 2}, allow},
		{"question", act, unix.SYS_SETFSUID, [6]uint64{1<<64 - 1}, allow},
		{"question of 32 bits", act, unix.SYS_SETFSUID, [6]uint64{1<<32 - 1}, allow},
		{"own uid", act, unix.SYS_SETFSUID, [6]uint64{own}, allow},
		{"first uid is not first gid", act, unix.SYS_SETFSGID, [6]uint64{1 << 20}, deny},
		{"first gid", act, unix.SYS_SETFSGID, [6]uint64{1 << 21}, allow},
		{"other uid, own id only", Policy{}, unix.SYS_SETFSUID, [6]uint64{1 << 20}, deny},
		{"unix socket", Policy{}, unix.SYS_SOCKET, [6]uint64{unix.AF_UNIX}, allow},
		{"socket", Policy{}, unix.SYS_SOCKET, [6]uint64{unix.AF_INET}, deny},
		{"socket for ports", port, unix.SYS_SOCKET, [6]uint64{unix.AF_INET6}, allow},
		{"multipath for ports", port, unix.SYS_SOCKET, [6]uint64{unix.AF_INET, 1, unix.IPPROTO_MPTCP}, deny},
		{"multipath for all ports", all, unix.SYS_SOCKET, [6]uint64{unix.AF_INET, 1, unix.IPPROTO_MPTCP}, allow},
		{"packets for all ports", all, unix.SYS_SOCKET, [6]uint64{unix.AF_PACKET}, deny},
		{"signal to itself", act, unix.SYS_TGKILL, [6]uint64{uint64(os.Getpid()), 1}, allow},
		{"signal to all", act, unix.SYS_KILL, [6]uint64{1<<64 - 1}, deny},
		{"chmod", act, unix.SYS_FCHMODAT, [6]uint64{0, 0, 0o1777}, allow},
		{"chmod u+s", act, unix.SYS_FCHMODAT, [6]uint64{0, 0, 0o4000}, deny},
		{"create g+s", act, unix.SYS_OPENAT, [6]uint64{0, 0, unix.O_CREAT, 0o2600}, deny},
		{"flags like those bits", act, unix.SYS_OPENAT, [6]uint64{0, 0, 0o6000, 0o600}, allow},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			program := assemble(tt.policy.rules())
			if got := run(t, program, auditArch, tt.call, tt.args); got != tt.want {
				t.Errorf("action %#x, want %#x", got, tt.want)
			}
		})
	}
}

// Every call of the lists is refused, whatever stands before it.
func TestFilterLists(t *testing.T) {
	program := assemble(Policy{}.rules())
	if len(program) > 4096 { // BPF_MAXINSNS
		t.Errorf("%d instructions", len(program))
	}
	for _, call := range append(append([]uint32{}, never...), setID...) {
		if got := run(t, program, auditArch, call, [6]uint64{}); got != deny {
			t.Errorf("call %d: action %#x", call, got)
		}
	}
}

func TestFilterForeign(t *testing.T) {
	program := assemble(Policy{}.rules())
	for name, got := range map[string]uint32{
		"32-bit x86": run(t, program, unix.AUDIT_ARCH_I386, 20, [6]uint64{}),
		"32-bit ARM": run(t, program, unix.AUDIT_ARCH_ARM, 20, [6]uint64{}),
		"x32":        run(t, program, auditArch, foreignCalls+unix.SYS_READ, [6]uint64{}),
	} {
		if got != kill {
			t.Errorf("%s: action %#x", name, got)
		}
	}
}

// A further filter has only a few rules, and together with the first one the effect of a
// whole filter.
func TestFilterFurther(t *testing.T) {
	first := assemble(Policy{Become: true, Connect: []uint16{3306}}.rules())
	further, whole := assemble(Policy{Further: true}.rules()), assemble(Policy{}.rules())
	if len(further) > 64 {
		t.Errorf("%d instructions", len(further))
	}
	for call := range uint32(600) {
		for _, arg := range []uint64{0, 1, unix.AF_INET, unix.AF_INET6, unix.CLONE_THREAD, unix.TIOCSTI, uint64(os.Getpid()), uint64(os.Geteuid()), setBits, 1<<64 - 1} {
			args := [6]uint64{arg, arg, arg, arg, arg, arg}
			got := run(t, first, auditArch, call, args)
			if got == allow { // The kernel takes the action that allows less.
				got = run(t, further, auditArch, call, args)
			}
			if want := run(t, whole, auditArch, call, args); got != want {
				t.Errorf("call %d with %#x: action %#x, want %#x", call, arg, got, want)
			}
		}
	}
}

// The kernel obeys the whole program for each number when it loads it, and then for each call
// that is not always allowed.
func TestFilterSteps(t *testing.T) {
	program := assemble(Policy{FirstUID: 1 << 20, Connect: []uint16{3306}}.rules())
	for call := range uint32(600) {
		if _, steps := obey(t, program, auditArch, call, [6]uint64{}); steps > 36 {
			t.Errorf("call %d: %d instructions", call, steps)
		}
	}
}

// The program does what the rules say, of which the first one for a call counts.
func TestFilterFollowsRules(t *testing.T) {
	odd := []rule{
		{calls: []uint32{0, 7, 8, 9}, last: deny},
		{calls: []uint32{9, 10, foreignCalls - 1}, last: absent, tests: []test{{5, unix.BPF_JGE, 7, allow}}},
		{calls: []uint32{8, 11}, last: allow},
	}
	for range 300 { // more than a conditional jump can skip
		odd = append(odd, rule{calls: []uint32{uint32(20 + 2*len(odd))}, last: deny, tests: []test{{0, unix.BPF_JEQ, uint32(len(odd)), absent}}})
	}
	for name, rules := range map[string][]rule{
		"none": nil, "odd": odd, "session": Policy{}.rules(), "login": Policy{Become: true}.rules(),
		"daemon": Policy{FirstUID: 1000, FirstGID: 1, AllTCP: true}.rules(), "owner": Policy{Further: true}.rules(),
	} {
		program := assemble(rules)
		for call := range uint32(1000) {
			for _, arg := range []uint64{0, 1, 7, unix.AF_INET, unix.AF_INET6, unix.CLONE_THREAD, unix.TIOCSTI, uint64(os.Getpid()), uint64(os.Geteuid()), setBits, 1<<64 - 1} {
				args := [6]uint64{arg, arg, arg, arg, arg, arg}
				if got, want := run(t, program, auditArch, call, args), follow(rules, call, uint32(arg)); got != want {
					t.Errorf("%s: call %d with %#x: action %#x, want %#x", name, call, arg, got, want)
				}
			}
		}
		if got, want := run(t, program, auditArch, foreignCalls-1, [6]uint64{}), follow(rules, foreignCalls-1, 0); got != want {
			t.Errorf("%s: the last call: action %#x, want %#x", name, got, want)
		}
	}
}

// follow returns the action that the rules have for a call, all of whose arguments are arg.
func follow(rules []rule, call, arg uint32) uint32 {
	for _, r := range rules {
		if !slices.Contains(r.calls, call) {
			continue
		}
		for _, t := range r.tests {
			if t.cond == unix.BPF_JEQ && arg == t.value || t.cond == unix.BPF_JGE && arg >= t.value || t.cond == unix.BPF_JSET && arg&t.value != 0 {
				return t.action
			}
		}
		return r.last
	}
	return allow
}
