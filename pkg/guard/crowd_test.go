package guard

import (
	"fmt"
	"net/netip"
	"testing"

	"tpops/pkg/pop3"
)

// guest is a connection with what became of it.
type guest struct {
	pop3.Place
	addr    string
	evicted *pop3.Refusal
}

func (w *world) guest(addr string) (*guest, *pop3.Refusal) {
	g := &guest{addr: addr}
	p, refusal := w.Enter(pop3.Visitor{
		Remote: netip.MustParseAddr(addr),
		Evict:  func(r *pop3.Refusal) { g.evicted = r },
	})
	g.Place = p
	return g, refusal
}

// With too many before login, somebody of the address that has most of them
// gives way.
func TestCrowd(t *testing.T) {
	tests := []struct {
		name    string
		known   string   // address from which somebody has logged in before
		there   []string // in the order of arrival
		comes   string
		evicted int // number of the one who gives way; -1: the newcomer is refused
	}{
		{"the oldest of all", "", []string{"192.0.2.1", "192.0.2.2", "192.0.2.3"}, "192.0.2.4", 0},
		{"the oldest of the most", "", []string{"192.0.2.1", "192.0.2.2", "192.0.2.2"}, "192.0.2.4", 1},
		{"a newcomer of the most", "", []string{"192.0.2.1", "192.0.2.2", "192.0.2.2"}, "192.0.2.2", -1},
		{"a network as one", "", []string{"192.0.2.1", "2001:db8::1", "2001:db8::2"}, "192.0.2.4", 1},
		{"not a known address", "192.0.2.1", []string{"192.0.2.1", "192.0.2.1", "192.0.2.2"}, "192.0.2.4", 2},
		{"a known address comes", "192.0.2.1", []string{"192.0.2.1", "192.0.2.1", "192.0.2.2"}, "192.0.2.1", 2},
		{"known ones only", "192.0.2.1", []string{"192.0.2.1", "192.0.2.1", "192.0.2.1"}, "192.0.2.1", -1},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			w := newWorld(t, 100, Limits{BeforeLogin: 3})
			if tt.known != "" {
				w.succeed(tt.known, "mrose")
			}
			var guests []*guest
			for _, addr := range tt.there {
				g, refusal := w.guest(addr)
				if refusal != nil {
					t.Fatal(refusal)
				}
				guests = append(guests, g)
			}
			_, refusal := w.guest(tt.comes)
			if (refusal != nil) != (tt.evicted < 0) {
				t.Errorf("the newcomer: %v", refusal)
			}
			for i, g := range guests {
				if (g.evicted != nil) != (i == tt.evicted) {
					t.Errorf("%d from %s: %v", i, g.addr, g.evicted)
				}
			}
		})
	}
}

// Who has logged in is not in the crowd, and is never evicted; who is evicted
// does not log in any more.
func TestCrowdLogin(t *testing.T) {
	w := newWorld(t, 100, Limits{BeforeLogin: 2})
	in, _ := w.guest("192.0.2.1")
	if r := in.LogIn("mrose", 0); r != nil {
		t.Fatal(r)
	}
	out, _ := w.guest("192.0.2.2")
	var guests []*guest
	for i := range 50 {
		g, refusal := w.guest(fmt.Sprintf("198.51.100.%d", i))
		if refusal != nil {
			t.Fatal(refusal)
		}
		guests = append(guests, g)
		for _, g := range guests {
			if g.evicted != nil {
				g.Leave() // It counts until then.
			}
		}
	}
	if in.evicted != nil || out.evicted == nil {
		t.Errorf("logged in: %v; not: %v", in.evicted, out.evicted)
	}
	if r := out.LogIn("mrose", 0); r == nil || r.Answer != pop3.ErrBeforeLogin {
		t.Errorf("an evicted one logs in: %v", r)
	}
	if n := w.count((*slot).crowds); n != 2 {
		t.Errorf("%d before login", n)
	}
}

// What another process evicts is ended by Sweep.
func TestSweep(t *testing.T) {
	w := newWorld(t, 100, Limits{BeforeLogin: 1})
	g, _ := w.guest("192.0.2.1")
	other, err := Attach(w.File(), 100)
	if err != nil {
		t.Fatal(err)
	}
	if _, refusal := other.With(w.limits).Enter(pop3.Visitor{Remote: netip.MustParseAddr("192.0.2.2"), Evict: nobody}); refusal != nil {
		t.Fatal(refusal)
	}
	if g.evicted != nil {
		t.Fatal("evicted across processes")
	}
	w.Sweep()
	if g.evicted == nil || g.evicted.Parameter != "max-before-login" {
		t.Errorf("after Sweep: %v", g.evicted)
	}
}

// Connections that give way count until they are gone: not even a flood whose
// connections take long to end makes more of them than may wait.
func TestLeavingIsBounded(t *testing.T) {
	const most = 4
	w := newWorld(t, 100, Limits{BeforeLogin: most})
	w.succeed("203.0.113.1", "mrose")
	var there []*guest
	for n := range 50 {
		if g, refusal := w.guest(fmt.Sprintf("192.0.2.%d", n)); refusal == nil {
			there = append(there, g)
		} else if refusal.Parameter != "max-before-login" {
			t.Fatal(refusal)
		}
	}
	if len(there) != 2*most {
		t.Errorf("%d connections are there", len(there))
	}
	if _, refusal := w.guest("203.0.113.1"); refusal != nil {
		t.Errorf("a known address: %v", refusal)
	}
	for _, g := range there {
		if g.evicted != nil {
			g.Leave()
		}
	}
	if _, refusal := w.guest("198.51.100.1"); refusal != nil {
		t.Errorf("once they are gone: %v", refusal)
	}
}

// A process looks often while it has a connection that can be evicted.
func TestSweepAgain(t *testing.T) {
	w := newWorld(t, 100, usual)
	if d := w.Sweep(); d != sweepIdle {
		t.Errorf("without connections: %v", d)
	}
	p := w.enter("192.0.2.1")
	if d := w.Sweep(); d != sweepSoon {
		t.Errorf("before login: %v", d)
	}
	if refusal := p.LogIn("mrose", 0); refusal != nil {
		t.Fatal(refusal)
	}
	if d := w.Sweep(); d != sweepIdle {
		t.Errorf("logged in: %v", d)
	}
	p.Leave()
}
