package workers

import (
	"runtime"
	"testing"
)

// Memory is given back after growth, and after much was allocated without growth. The logins
// of other clients beside a crowd that waits are not much.
func TestPays(t *testing.T) {
	const mib = 1 << 20
	small, crowd := use{held: 8 * mib, allocated: 100 * mib}, use{held: 40 * mib, allocated: 900 * mib}
	for _, tt := range []struct {
		name            string
		last            use
		held, allocated uint64 // more than last
		want            bool
	}{
		{"nothing", small, 0, 0, false},
		{"a session", small, mib / 2, mib / 2, false},
		{"growth", small, 2 * mib, 2 * mib, true},
		{"no growth", small, 0, 2 * mib, false},
		{"sessions that have ended", small, 0, 3 * mib, true},
		{"logins beside a crowd", crowd, mib, 10 * mib, false},
		{"growth of a crowd", crowd, 3 * mib, 3 * mib, true},
		{"a part of a crowd that has left", crowd, 0, 11 * mib, true},
	} {
		if got := tt.last.pays(use{tt.last.held + tt.held, tt.last.allocated + tt.allocated}); got != tt.want {
			t.Errorf("%s: %v", tt.name, got)
		}
	}
	if (use{held: 8 * mib}).pays(use{held: 4 * mib}) {
		t.Error("less than before")
	}
}

// What is in use follows what a process allocates, and what it gives back.
func TestInUse(t *testing.T) {
	const octets = 32 << 20
	var m memory
	m.giveBack()
	before := inUse()
	kept := make([]byte, octets)
	for i := range kept {
		kept[i] = 1
	}
	grown := inUse()
	if grown.held < before.held+octets/2 || grown.allocated < before.allocated+octets {
		t.Errorf("%+v, then %+v", before, grown)
	}
	runtime.KeepAlive(kept)         // It is not used any more.
	m.next = m.next.Add(-savedTime) // so that it need not wait
	m.giveBack()
	if after := inUse(); after.held > before.held+octets/2 {
		t.Errorf("%+v after %+v", after, grown)
	}
}
