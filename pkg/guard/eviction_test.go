package guard

import (
	"fmt"
	"net/netip"
	"testing"

	"tpops/pkg/pop3"
)

// evictable is a connection with the reason for which it was evicted.
type evictable struct {
	pop3.Limiter
	addr    string
	evicted *pop3.Refusal
}

func (w *testGuard) connectEvictable(addr string) (*evictable, *pop3.Refusal) {
	g := &evictable{addr: addr}
	p, refusal := w.Accept(pop3.Connection{
		Remote: netip.MustParseAddr(addr),
		Evict:  func(r *pop3.Refusal) { g.evicted = r },
	})
	g.Limiter = p
	return g, refusal
}

// With too many connections before login, one of the address with the most is
// evicted.
func TestEviction(t *testing.T) {
	tests := []struct {
		name    string
		known   string   // address with a successful login
		present []string // addresses in the order of arrival
		new     string
		evicted int // number of the connection; -1: the new connection is refused
	}{
		{"the oldest of all", "", []string{"192.0.2.1", "192.0.2.2", "192.0.2.3"}, "192.0.2.4", 0},
		{"the oldest of the address with the most", "", []string{"192.0.2.1", "192.0.2.2", "192.0.2.2"}, "192.0.2.4", 1},
		{"a new one of the address with the most", "", []string{"192.0.2.1", "192.0.2.2", "192.0.2.2"}, "192.0.2.2", -1},
		{"a network counts as one address", "", []string{"192.0.2.1", "2001:db8::1", "2001:db8::2"}, "192.0.2.4", 1},
		{"not one of a known address", "192.0.2.1", []string{"192.0.2.1", "192.0.2.1", "192.0.2.2"}, "192.0.2.4", 2},
		{"a new one of a known address", "192.0.2.1", []string{"192.0.2.1", "192.0.2.1", "192.0.2.2"}, "192.0.2.1", 2},
		{"known addresses only", "192.0.2.1", []string{"192.0.2.1", "192.0.2.1", "192.0.2.1"}, "192.0.2.1", -1},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			w := newTestGuard(t, 100, Limits{BeforeLogin: 3})
			if tt.known != "" {
				w.succeed(tt.known, "mrose")
			}
			var connections []*evictable
			for _, addr := range tt.present {
				g, refusal := w.connectEvictable(addr)
				if refusal != nil {
					t.Fatal(refusal)
				}
				connections = append(connections, g)
			}
			_, refusal := w.connectEvictable(tt.new)
			if (refusal != nil) != (tt.evicted < 0) {
				t.Errorf("the new connection: %v", refusal)
			}
			for i, g := range connections {
				if (g.evicted != nil) != (i == tt.evicted) {
					t.Errorf("%d from %s: %v", i, g.addr, g.evicted)
				}
			}
		})
	}
}

// A session that has logged in does not count and is never evicted. An evicted
// client cannot log in.
func TestEvictionAfterLogin(t *testing.T) {
	w := newTestGuard(t, 100, Limits{BeforeLogin: 2})
	in, _ := w.connectEvictable("192.0.2.1")
	if r := in.LogIn("mrose", 0); r != nil {
		t.Fatal(r)
	}
	out, _ := w.connectEvictable("192.0.2.2")
	var connections []*evictable
	for i := range 50 {
		g, refusal := w.connectEvictable(fmt.Sprintf("198.51.100.%d", i))
		if refusal != nil {
			t.Fatal(refusal)
		}
		connections = append(connections, g)
		for _, g := range connections {
			if g.evicted != nil {
				g.Close() // It counts until then.
			}
		}
	}
	if in.evicted != nil || out.evicted == nil {
		t.Errorf("logged in: %v; not: %v", in.evicted, out.evicted)
	}
	if r := out.LogIn("mrose", 0); r == nil || r.Answer != pop3.ErrBeforeLogin {
		t.Errorf("an evicted client logs in: %v", r)
	}
	if n := w.count((*slot).canEvict); n != 2 {
		t.Errorf("%d before login", n)
	}
}

// Sweep ends connections that another process has evicted.
func TestSweep(t *testing.T) {
	w := newTestGuard(t, 100, Limits{BeforeLogin: 1})
	g, _ := w.connectEvictable("192.0.2.1")
	other, err := Attach(w.File(), 100)
	if err != nil {
		t.Fatal(err)
	}
	if _, refusal := other.With(w.limits).Accept(pop3.Connection{Remote: netip.MustParseAddr("192.0.2.2"), Evict: ignoreEviction}); refusal != nil {
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

// Evicted connections count until they have ended, so that a flood of connections
// that are slow to end is bounded.
func TestEvictedAreBounded(t *testing.T) {
	const limit = 4
	w := newTestGuard(t, 100, Limits{BeforeLogin: limit})
	w.succeed("203.0.113.1", "mrose")
	var open []*evictable
	for n := range 50 {
		if g, refusal := w.connectEvictable(fmt.Sprintf("192.0.2.%d", n)); refusal == nil {
			open = append(open, g)
		} else if refusal.Parameter != "max-before-login" {
			t.Fatal(refusal)
		}
	}
	if len(open) != 2*limit {
		t.Errorf("%d connections are open", len(open))
	}
	if _, refusal := w.connectEvictable("203.0.113.1"); refusal != nil {
		t.Errorf("a known address: %v", refusal)
	}
	for _, g := range open {
		if g.evicted != nil {
			g.Close()
		}
	}
	if _, refusal := w.connectEvictable("198.51.100.1"); refusal != nil {
		t.Errorf("after they have ended: %v", refusal)
	}
}

// Sweep is called often while another process can evict a connection.
func TestSweepInterval(t *testing.T) {
	w := newTestGuard(t, 100, allLimits)
	if d := w.Sweep(); d != sweepIdle {
		t.Errorf("without connections: %v", d)
	}
	p := w.connect("192.0.2.1")
	if d := w.Sweep(); d != sweepSoon {
		t.Errorf("before login: %v", d)
	}
	if refusal := p.LogIn("mrose", 0); refusal != nil {
		t.Fatal(refusal)
	}
	if d := w.Sweep(); d != sweepIdle {
		t.Errorf("logged in: %v", d)
	}
	p.Close()
}
