package guard

import (
	"fmt"
	"net/netip"
	"testing"

	"tpops/pkg/pop3"
)

func TestPerAddress(t *testing.T) {
	w := newWorld(t, 100, Limits{PerAddress: 3})
	places := []pop3.Place{w.enter("2001:db8::1"), w.enter("2001:db8::2"), w.enter("2001:db8::3")}
	if p := w.refused("2001:db8::4"); p != "max-per-address" {
		t.Errorf("the fourth: %q", p)
	}
	if p := w.refused("2001:db8:0:1::1"); p != "" {
		t.Errorf("another network: %q", p)
	}
	w.resume("2001:db8::5").Leave()
	places[0].LogIn("mrose", 0)
	if p := w.refused("2001:db8::4"); p != "max-per-address" {
		t.Errorf("when one has logged in: %q", p)
	}
	places[0].Leave()
	places[0].Leave()
	if p := w.refused("2001:db8::4"); p != "" {
		t.Errorf("when one has left: %q", p)
	}
}

func TestPerUser(t *testing.T) {
	w := newWorld(t, 100, Limits{PerUser: 2})
	one, two := w.enter("192.0.2.1"), w.enter("192.0.2.2")
	three, resumed := w.enter("192.0.2.3"), w.resume("192.0.2.4")
	for i, p := range []pop3.Place{one, two, two} {
		if r := p.LogIn("mrose", 0); r != nil {
			t.Errorf("login %d: %v", i, r)
		}
	}
	if r := w.enter("192.0.2.5").LogIn("MROSE", 0); r != nil {
		t.Errorf("a user whose row has the name in other case: %v", r)
	}
	if r := three.LogIn("mrose", 0); r == nil || r.Parameter != "max-per-user" || r.Answer.Code != pop3.CodeInUse || r.Count != 2 {
		t.Errorf("one too many: %v", r)
	}
	if r := resumed.LogIn("other", 0); r != nil {
		t.Errorf("another user: %v", r)
	}
	one.Leave()
	if r := three.LogIn("mrose", 0); r != nil {
		t.Errorf("after one has left: %v", r)
	}
	back, _ := w.Enter(pop3.Visitor{Account: "mrose", Resumed: true, Evict: nobody})
	two.Leave()
	if r := resumed.LogIn("mrose", 0); r == nil {
		t.Error("a session that is resumed does not count")
	}
	back.Leave()
}

// A user's own quota goes before that of all, in both directions.
func TestQuota(t *testing.T) {
	for _, test := range []struct{ limit, quota, most int }{{2, 0, 2}, {2, 1, 1}, {2, 3, 3}, {0, 1, 1}} {
		w := newWorld(t, 100, Limits{PerUser: test.limit})
		for n := range test.most + 1 {
			r := w.enter(fmt.Sprintf("192.0.2.%d", n+1)).LogIn("mrose", test.quota)
			if (r != nil) != (n == test.most) {
				t.Errorf("%+v: session %d: %v", test, n+1, r)
			}
		}
	}
}

// Where addresses stand for many, only users count.
func TestExempt(t *testing.T) {
	l := Limits{PerAddress: 1, PerUser: 1, BeforeLogin: 1, GuessDelayMax: usual.GuessDelayMax,
		Exempt: []netip.Prefix{netip.MustParsePrefix("192.0.2.0/24")}}
	w := newWorld(t, 100, l)
	for range 5 {
		w.enter("::ffff:192.0.2.1")
	}
	w.fail("192.0.2.1", "mrose", 9)
	if d := w.delay("192.0.2.1", "other"); d != 0 {
		t.Errorf("another user waits %v", d)
	}
	if d := w.delay("192.0.2.1", "mrose"); d != usual.GuessDelayMax {
		t.Errorf("the user waits %v", d)
	}
	if p := w.refused("198.51.100.1"); p != "" {
		t.Errorf("another address: %q", p)
	}
	local, refusal := w.Enter(pop3.Visitor{Evict: nobody})
	if refusal != nil {
		t.Fatalf("without an address: %v", refusal)
	}
	local.Tried("x", nil)
	if d, refusal := local.Try("mrose", ""); d != usual.GuessDelayMax || refusal != nil {
		t.Errorf("without an address: %v, %v", d, refusal)
	}
}

// Those who wait hold few places.
func TestWaiting(t *testing.T) {
	w := newWorld(t, 100, usual)
	w.spray("192.0.2.1", freeUsers+1)
	var waiting []pop3.Place
	for range mostWaiting {
		p := w.enter("192.0.2.1")
		if d, refusal := p.Try("b", ""); d == 0 || refusal != nil {
			t.Fatalf("%v, %v", d, refusal)
		}
		waiting = append(waiting, p)
	}
	if p := w.refused("192.0.2.1"); p != "guess-delay-max" {
		t.Errorf("one more from the address: %q", p)
	}
	if _, refusal := w.resume("192.0.2.1").Try("c", ""); refusal == nil || refusal.Answer != pop3.ErrGuesses || refusal.Count != freeUsers+1 {
		t.Errorf("one more that was let in: %v", refusal)
	}
	waiting[0].Tried("b", fmt.Errorf("wrong: %w", pop3.ErrAuth))
	if p := w.refused("192.0.2.1"); p != "" {
		t.Errorf("after one has been answered: %q", p)
	}
}

// The same for guesses at one user from many addresses, but nobody is kept out
// from where no login of the user has failed.
func TestWaitingForUser(t *testing.T) {
	w := newWorld(t, 100, usual)
	for i := range 5 {
		w.fail(fmt.Sprintf("198.51.100.%d", i), "mrose", 1)
	}
	for i := range 10 {
		w.fail(fmt.Sprintf("203.0.113.%d", i), "mrose", 1)
	}
	for i := range mostWaiting {
		if d, refusal := w.enter(fmt.Sprintf("203.0.113.%d", i)).Try("mrose", ""); d == 0 || refusal != nil {
			t.Fatalf("%v, %v", d, refusal)
		}
	}
	if _, refusal := w.enter("203.0.113.9").Try("mrose", ""); refusal == nil {
		t.Error("one more for the user waits too")
	}
	if d, refusal := w.enter("203.0.113.98").Try("mrose", ""); d == 0 || refusal != nil {
		t.Errorf("where nothing has failed: %v, %v", d, refusal)
	}
	if d, refusal := w.enter("203.0.113.99").Try("other", ""); d != 0 || refusal != nil {
		t.Errorf("another user: %v, %v", d, refusal)
	}
}

// Known is who has logged in from an address before, and there anybody as long
// as nothing fails.
func TestKnown(t *testing.T) {
	w := newWorld(t, 100, usual)
	w.succeed("192.0.2.1", "mrose")
	want := func(addr, login string, known bool) {
		t.Helper()
		if got := w.resume(addr).Known(login); got != known {
			t.Errorf("%s from %s: %v", login, addr, got)
		}
	}
	want("192.0.2.1", "mrose", true)
	want("192.0.2.1", "other", true)
	want("192.0.2.2", "mrose", false)
	w.fail("192.0.2.1", "other", 1)
	want("192.0.2.1", "mrose", true)
	want("192.0.2.1", "other", false)
}

// What is beyond the room of the memory is let in, and not counted.
func TestFull(t *testing.T) {
	w := newWorld(t, 1, Limits{})
	var places []pop3.Place
	for range slotsFor(1) + 5 {
		places = append(places, w.enter("192.0.2.1"))
	}
	last := places[len(places)-1]
	if d, r := last.Try("mrose", ""); d != 0 || r != nil || last.LogIn("mrose", 0) != nil {
		t.Errorf("%v, %v", d, r)
	}
	last.Tried("mrose", nil)
	for _, p := range places {
		p.Leave()
	}
	if n := w.count(func(*slot) bool { return true }); n != 0 {
		t.Errorf("%d places are left", n)
	}
}

// A connection costs one allocation.
func TestAllocations(t *testing.T) {
	w := newWorld(t, 10, usual)
	remote := netip.MustParseAddr("192.0.2.1")
	n := testing.AllocsPerRun(100, func() {
		p, _ := w.Enter(pop3.Visitor{Remote: remote, Evict: nobody})
		_, _ = p.Try("mrose", "")
		p.Tried("mrose", nil)
		p.LogIn("mrose", 0)
		p.Leave()
	})
	if n > 1 {
		t.Errorf("%v allocations", n)
	}
}
