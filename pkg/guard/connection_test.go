package guard

import (
	"fmt"
	"net/netip"
	"os"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"golang.org/x/sys/unix"

	"tpops/pkg/pop3"
)

func TestPerAddress(t *testing.T) {
	w := newTestGuard(t, 100, Limits{PerAddress: 3})
	connections := []pop3.Limiter{w.connect("2001:db8::1"), w.connect("2001:db8::2"), w.connect("2001:db8::3")}
	if p := w.refused("2001:db8::4"); p != "max-per-address" {
		t.Errorf("the fourth connection: %q", p)
	}
	if p := w.refused("2001:db8:0:1::1"); p != "" {
		t.Errorf("another network: %q", p)
	}
	w.resume("2001:db8::5").Close()
	connections[0].LogIn("mrose", 0)
	if p := w.refused("2001:db8::4"); p != "max-per-address" {
		t.Errorf("after a login: %q", p)
	}
	connections[0].Close()
	connections[0].Close()
	if p := w.refused("2001:db8::4"); p != "" {
		t.Errorf("after one has closed: %q", p)
	}
}

func TestPerUser(t *testing.T) {
	w := newTestGuard(t, 100, Limits{PerUser: 2})
	one, two := w.connect("192.0.2.1"), w.connect("192.0.2.2")
	three, resumed := w.connect("192.0.2.3"), w.resume("192.0.2.4")
	for i, p := range []pop3.Limiter{one, two, two} {
		if r := p.LogIn("mrose", 0); r != nil {
			t.Errorf("login %d: %v", i, r)
		}
	}
	if r := w.connect("192.0.2.5").LogIn("MROSE", 0); r != nil {
		t.Errorf("a user whose name differs in case: %v", r)
	}
	if r := three.LogIn("mrose", 0); r == nil || r.Parameter != "max-per-user" || r.Answer.Code != pop3.CodeInUse || r.Count != 2 {
		t.Errorf("one session too many: %v", r)
	}
	if r := resumed.LogIn("other", 0); r != nil {
		t.Errorf("another user: %v", r)
	}
	one.Close()
	if r := three.LogIn("mrose", 0); r != nil {
		t.Errorf("after one has closed: %v", r)
	}
	back, _ := w.Accept(pop3.Connection{Account: "mrose", Resumed: true, Evict: ignoreEviction})
	two.Close()
	if r := resumed.LogIn("mrose", 0); r == nil {
		t.Error("a resumed session does not count")
	}
	back.Close()
}

// A login that fails later gives its place back, and its connection counts and can be evicted as
// one before login.
func TestLogOut(t *testing.T) {
	w := newTestGuard(t, 100, Limits{PerUser: 1, BeforeLogin: 1})
	var evictions int
	failed, _ := w.Accept(pop3.Connection{Remote: netip.MustParseAddr("192.0.2.1"), Evict: func(*pop3.Refusal) { evictions++ }})
	for range 2 {
		if r := failed.LogIn("mrose", 0); r != nil {
			t.Fatal(r)
		}
		failed.LogOut()
	}
	if s := w.OfUser("mrose"); s.Connections != 0 {
		t.Errorf("%d sessions", s.Connections)
	}
	other := w.connect("192.0.2.2")
	if evictions != 1 {
		t.Errorf("%d evictions", evictions)
	}
	if r := other.LogIn("mrose", 0); r != nil {
		t.Errorf("another connection: %v", r)
	}
	if r := failed.LogIn("mrose", 0); r == nil || r.Parameter != "max-before-login" {
		t.Errorf("a login after the eviction: %v", r)
	}
	failed.Close()
	failed.LogOut()
	if s := w.OfUser("mrose"); s.Connections != 1 {
		t.Errorf("%d sessions", s.Connections)
	}
}

// Of logins of a user at the same time, in one process or several, as many succeed as there are
// places, and never more.
func TestLogInAtOnce(t *testing.T) {
	const logins, rounds = 8, 20
	memory, err := New(100)
	if err != nil {
		t.Fatal(err)
	}
	processes := []*Memory{memory, attachAs(t, memory, 4711), attachAs(t, memory, 4712)}
	for _, limit := range []int{1, 3, logins} {
		for round := range rounds {
			var all sync.WaitGroup
			var accepted atomic.Int64
			limiters := make([]pop3.Limiter, logins)
			for i := range limiters {
				m := processes[i*max(0, round-rounds+2)%len(processes)] // All but the last round are of one process.
				limiters[i], _ = m.With(Limits{PerUser: limit}).Accept(pop3.Connection{Remote: netip.MustParseAddr("192.0.2.1"), Evict: ignoreEviction})
			}
			for _, c := range limiters {
				all.Go(func() {
					if c.LogIn("mrose", 0) == nil {
						accepted.Add(1)
					}
				})
			}
			all.Wait()
			if n := accepted.Load(); n != int64(limit) {
				t.Errorf("limit %d, round %d: %d logins", limit, round, n)
			}
			for _, c := range limiters {
				c.Close()
			}
		}
	}
}

// A login that waits for the end of a session in another process does not hold up one that has
// a place.
func TestLogInBesideElsewhere(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		memory, err := New(100)
		if err != nil {
			t.Fatal(err)
		}
		g, elsewhere := memory.With(Limits{PerUser: 2}), attachAs(t, memory, 4711).With(Limits{PerUser: 2})
		accept := func(g *Guard) *connection {
			c, _ := g.Accept(pop3.Connection{Remote: netip.MustParseAddr("192.0.2.1"), Evict: ignoreEviction})
			return c.(*connection)
		}
		if refusal := accept(elsewhere).LogIn("mrose", 0); refusal != nil {
			t.Fatal(refusal)
		}
		first, second, key := accept(g), accept(g), g.accountKey("mrose")
		for _, c := range []*connection{first, second} { // Both begin before one of them counts.
			g.slots[c.slot].account.Store(key)
			g.slots[c.slot].state.Store(loggingIn)
		}
		begun := time.Now()
		var all sync.WaitGroup
		all.Go(func() {
			if second.LogIn("mrose", 0) == nil {
				t.Error("the second login has got the place of the first")
			}
		})
		all.Go(func() {
			refusal := first.LogIn("mrose", 0)
			if took := time.Since(begun); refusal != nil || took > 2*exitPoll {
				t.Errorf("%v after %v", refusal, took)
			}
		})
		all.Wait()
	})
}

// attachAs returns the memory as the process with this id has it.
func attachAs(t *testing.T, m *Memory, pid uint64) *Memory {
	t.Helper()
	fd, err := unix.Dup(int(m.File().Fd()))
	if err != nil {
		t.Fatal(err)
	}
	other, err := Attach(os.NewFile(uintptr(fd), "guard"), 100)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(other.Detach)
	other.pid = pid
	return other
}

// The user's own limit takes precedence over max-per-user, higher or lower.
func TestQuota(t *testing.T) {
	for _, test := range []struct{ limit, quota, most int }{{2, 0, 2}, {2, 1, 1}, {2, 3, 3}, {0, 1, 1}} {
		w := newTestGuard(t, 100, Limits{PerUser: test.limit})
		for n := range test.most + 1 {
			r := w.connect(fmt.Sprintf("192.0.2.%d", n+1)).LogIn("mrose", test.quota)
			if (r != nil) != (n == test.most) {
				t.Errorf("%+v: session %d: %v", test, n+1, r)
			}
		}
	}
}

// In exempt networks, failures and sessions count by user only.
func TestExempt(t *testing.T) {
	l := Limits{PerAddress: 1, PerUser: 1, BeforeLogin: 1, GuessDelayMax: allLimits.GuessDelayMax,
		Exempt: []netip.Prefix{netip.MustParsePrefix("192.0.2.0/24")}}
	w := newTestGuard(t, 100, l)
	for range 5 {
		w.connect("::ffff:192.0.2.1")
	}
	w.fail("192.0.2.1", "mrose", 9)
	if d := w.delay("192.0.2.1", "other"); d != 0 {
		t.Errorf("another user waits %v", d)
	}
	if d := w.delay("192.0.2.1", "mrose"); d != allLimits.GuessDelayMax {
		t.Errorf("the user waits %v", d)
	}
	if p := w.refused("198.51.100.1"); p != "" {
		t.Errorf("another address: %q", p)
	}
	local, refusal := w.Accept(pop3.Connection{Evict: ignoreEviction})
	if refusal != nil {
		t.Fatalf("without an address: %v", refusal)
	}
	local.End("x", nil)
	if permit, refusal := local.Begin(pop3.Attempt{Login: "mrose"}); permit.Delay != allLimits.GuessDelayMax || refusal != nil {
		t.Errorf("without an address: %v, %v", permit, refusal)
	}
}

// Only a few connections of an address wait for a delay at once.
func TestDelayed(t *testing.T) {
	w := newTestGuard(t, 100, allLimits)
	w.spray("192.0.2.1", freeUsers+1)
	var waiting []pop3.Limiter
	for range maxDelayed {
		p := w.connect("192.0.2.1")
		if permit, refusal := p.Begin(pop3.Attempt{Login: "b"}); permit.Delay == 0 || refusal != nil {
			t.Fatalf("%v, %v", permit, refusal)
		}
		waiting = append(waiting, p)
	}
	if p := w.refused("192.0.2.1"); p != "guess-delay-max" {
		t.Errorf("one connection more from the address: %q", p)
	}
	if _, refusal := w.resume("192.0.2.1").Begin(pop3.Attempt{Login: "c"}); refusal == nil || refusal.Answer != pop3.ErrGuesses || refusal.Count != freeUsers+1 {
		t.Errorf("one attempt more of an accepted connection: %v", refusal)
	}
	waiting[0].End("b", fmt.Errorf("wrong: %w", pop3.ErrAuth))
	if p := w.refused("192.0.2.1"); p != "" {
		t.Errorf("after one attempt has ended: %q", p)
	}
}

// The same for guesses at one user from many addresses. A client at an address where
// no login of the user has failed is not refused.
func TestDelayedForUser(t *testing.T) {
	w := newTestGuard(t, 100, allLimits)
	for i := range 5 {
		w.fail(fmt.Sprintf("198.51.100.%d", i), "mrose", 1)
	}
	for i := range 10 {
		w.fail(fmt.Sprintf("203.0.113.%d", i), "mrose", 1)
	}
	for i := range maxDelayed {
		if permit, refusal := w.connect(fmt.Sprintf("203.0.113.%d", i)).Begin(pop3.Attempt{Login: "mrose"}); permit.Delay == 0 || refusal != nil {
			t.Fatalf("%v, %v", permit, refusal)
		}
	}
	if _, refusal := w.connect("203.0.113.9").Begin(pop3.Attempt{Login: "mrose"}); refusal == nil {
		t.Error("one attempt more for the user is not refused")
	}
	if permit, refusal := w.connect("203.0.113.98").Begin(pop3.Attempt{Login: "mrose"}); permit.Delay == 0 || refusal != nil {
		t.Errorf("where no login has failed: %v, %v", permit, refusal)
	}
	if permit, refusal := w.connect("203.0.113.99").Begin(pop3.Attempt{Login: "other"}); permit.Delay != 0 || refusal != nil {
		t.Errorf("another user: %v, %v", permit, refusal)
	}
}

// A user who has logged in from an address is known there. So is any other user, as
// long as no login fails there.
func TestKnown(t *testing.T) {
	w := newTestGuard(t, 100, allLimits)
	w.succeed("192.0.2.1", "mrose")
	want := func(addr, login string, known bool) {
		t.Helper()
		c := w.resume(addr)
		defer c.Close()
		if permit, refusal := c.Begin(pop3.Attempt{Login: login}); refusal != nil || permit.Known != known {
			t.Errorf("%s from %s: %v, %v", login, addr, permit, refusal)
		}
	}
	want("192.0.2.1", "mrose", true)
	want("192.0.2.1", "other", true)
	want("192.0.2.2", "mrose", false)
	w.fail("192.0.2.1", "other", 1)
	want("192.0.2.1", "mrose", true)
	want("192.0.2.1", "other", false)
}

// Connections that exceed the size of the memory are accepted and not counted.
func TestFull(t *testing.T) {
	w := newTestGuard(t, 1, Limits{})
	var connections []pop3.Limiter
	for range slotsFor(1) + 5 {
		connections = append(connections, w.connect("192.0.2.1"))
	}
	last := connections[len(connections)-1]
	if permit, r := last.Begin(pop3.Attempt{Login: "mrose"}); permit.Delay != 0 || r != nil || last.LogIn("mrose", 0) != nil {
		t.Errorf("%v, %v", permit, r)
	}
	last.End("mrose", nil)
	for _, p := range connections {
		p.Close()
	}
	if n := w.count(func(*slot) bool { return true }); n != 0 {
		t.Errorf("%d slots are still in use", n)
	}
}

// A connection costs one allocation.
func TestAllocations(t *testing.T) {
	w := newTestGuard(t, 10, allLimits)
	remote := netip.MustParseAddr("192.0.2.1")
	n := testing.AllocsPerRun(100, func() {
		p, _ := w.Accept(pop3.Connection{Remote: remote, Evict: ignoreEviction})
		_, _ = p.Begin(pop3.Attempt{Login: "mrose"})
		p.End("mrose", nil)
		p.LogIn("mrose", 0)
		p.Close()
	})
	if n > 1 {
		t.Errorf("%v allocations", n)
	}
}
