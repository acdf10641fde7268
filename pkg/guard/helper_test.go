package guard

import (
	"fmt"
	"net/netip"
	"testing"
	"time"

	"tpops/pkg/pop3"
)

// testGuard is a guard with a clock that the test sets.
type testGuard struct {
	*Guard
	t   *testing.T
	now time.Time
}

// allLimits sets every limit.
var allLimits = Limits{PerAddress: 50, PerUser: 10, BeforeLogin: 100, GuessDelayMax: time.Minute}

func newTestGuard(t *testing.T, connections int, l Limits) *testGuard {
	t.Helper()
	m, err := New(connections)
	if err != nil {
		t.Fatal(err)
	}
	w := &testGuard{t: t, now: time.Unix(1_800_000_000, 0)}
	m.now = func() time.Time { return w.now }
	m.header.begun = w.now.Unix()
	w.Guard = m.With(l)
	return w
}

func (w *testGuard) advance(d time.Duration) { w.now = w.now.Add(d) }

func ignoreEviction(*pop3.Refusal) {}

// connect returns a connection that must be accepted.
func (w *testGuard) connect(addr string) pop3.Limiter {
	w.t.Helper()
	p, refusal := w.Accept(pop3.Connection{Remote: netip.MustParseAddr(addr), Evict: ignoreEviction})
	if refusal != nil {
		w.t.Fatalf("%s: %v", addr, refusal)
	}
	return p
}

// refused returns the parameter for which a connection is refused, or "".
func (w *testGuard) refused(addr string) string {
	p, refusal := w.Accept(pop3.Connection{Remote: netip.MustParseAddr(addr), Evict: ignoreEviction})
	if refusal != nil {
		return refusal.Parameter
	}
	p.Close()
	return ""
}

// fail makes a login from an address fail n times, without the delay.
func (w *testGuard) fail(addr, login string, n int) {
	w.t.Helper()
	p := w.resume(addr)
	defer p.Close()
	for range n {
		p.End(login, fmt.Errorf("wrong: %w", pop3.ErrAuth))
	}
}

// spray makes one login of each of n users fail, from an address.
func (w *testGuard) spray(addr string, n int) {
	w.t.Helper()
	for i := range n {
		w.fail(addr, fmt.Sprintf("sprayed%d", i), 1)
	}
}

// succeed logs in from an address.
func (w *testGuard) succeed(addr, login string) {
	p := w.resume(addr)
	defer p.Close()
	p.End(login, nil)
}

// find makes n logins end with err for which the database has a row of another name.
func (w *testGuard) find(addr, typed, row string, n int, err error) {
	w.t.Helper()
	p := w.resume(addr)
	defer p.Close()
	for i := range n {
		for _, login := range []string{typed, row} {
			if _, refusal := p.Begin(pop3.Attempt{Login: login, Password: fmt.Sprint("guess", i)}); refusal != nil {
				w.t.Fatal(refusal)
			}
		}
		p.End(row, err)
	}
}

// resume returns a resumed connection, which is never refused.
func (w *testGuard) resume(addr string) pop3.Limiter {
	w.t.Helper()
	p, refusal := w.Accept(pop3.Connection{Remote: netip.MustParseAddr(addr), Resumed: true, Evict: ignoreEviction})
	if refusal != nil {
		w.t.Fatal(refusal)
	}
	return p
}

// delay returns how long a login has to wait.
func (w *testGuard) delay(addr, login string) time.Duration {
	w.t.Helper()
	p := w.resume(addr)
	defer p.Close()
	permit, refusal := p.Begin(pop3.Attempt{Login: login})
	if refusal != nil {
		w.t.Fatal(refusal)
	}
	return permit.Delay
}
