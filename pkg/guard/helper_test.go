package guard

import (
	"fmt"
	"net/netip"
	"testing"
	"time"

	"tpops/pkg/pop3"
)

// world is a guard whose clock goes on only when it is told to.
type world struct {
	*Guard
	t   *testing.T
	now time.Time
}

// usual are limits with which all is limited.
var usual = Limits{PerAddress: 50, PerUser: 10, BeforeLogin: 100, GuessDelayMax: time.Minute}

func newWorld(t *testing.T, connections int, l Limits) *world {
	t.Helper()
	m, err := New(connections)
	if err != nil {
		t.Fatal(err)
	}
	w := &world{t: t, now: time.Unix(1_800_000_000, 0)}
	m.now = func() time.Time { return w.now }
	m.header.begun = w.now.Unix()
	w.Guard = m.With(l)
	return w
}

func (w *world) pass(d time.Duration) { w.now = w.now.Add(d) }

func nobody(*pop3.Refusal) {}

// enter lets a client in who must be let in.
func (w *world) enter(addr string) pop3.Place {
	w.t.Helper()
	p, refusal := w.Enter(pop3.Visitor{Remote: netip.MustParseAddr(addr), Evict: nobody})
	if refusal != nil {
		w.t.Fatalf("%s: %v", addr, refusal)
	}
	return p
}

// refused tries to enter and returns the parameter that forbids it, or "".
func (w *world) refused(addr string) string {
	p, refusal := w.Enter(pop3.Visitor{Remote: netip.MustParseAddr(addr), Evict: nobody})
	if refusal != nil {
		return refusal.Parameter
	}
	p.Leave()
	return ""
}

// fail makes a login fail n times, from an address as if it had not to wait.
func (w *world) fail(addr, login string, n int) {
	w.t.Helper()
	p := w.resume(addr)
	defer p.Leave()
	for range n {
		p.Tried(login, fmt.Errorf("wrong: %w", pop3.ErrAuth))
	}
}

// spray makes a login of each of n users fail once, from an address.
func (w *world) spray(addr string, n int) {
	w.t.Helper()
	for i := range n {
		w.fail(addr, fmt.Sprintf("sprayed%d", i), 1)
	}
}

// succeed logs in from an address.
func (w *world) succeed(addr, login string) {
	p := w.resume(addr)
	defer p.Leave()
	p.Tried(login, nil)
}

// resume returns a place that is not refused.
func (w *world) resume(addr string) pop3.Place {
	w.t.Helper()
	p, refusal := w.Enter(pop3.Visitor{Remote: netip.MustParseAddr(addr), Resumed: true, Evict: nobody})
	if refusal != nil {
		w.t.Fatal(refusal)
	}
	return p
}

// delay returns how long a login has to wait.
func (w *world) delay(addr, login string) time.Duration {
	w.t.Helper()
	p := w.resume(addr)
	defer p.Leave()
	d, refusal := p.Try(login, "")
	if refusal != nil {
		w.t.Fatal(refusal)
	}
	return d
}
