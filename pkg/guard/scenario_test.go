package guard

import (
	"fmt"
	"net/netip"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"tpops/pkg/pop3"
)

// client logs in again and again, as fast as the guard allows it.
type client struct {
	addr, login string
	secret      func(addr string, n int) string
	parallel    int
	broken      bool // gives no secret, and breaks the exchange off
}

// fresh are passwords that are never the same.
func fresh(addr string, n int) string { return fmt.Sprint("guess ", addr, n) }

// old is the password of a device that nobody has changed there.
func old(string, int) string { return "old" }

// arena is a guard in a bubble with its clock.
type arena struct {
	*Guard
	mu     sync.Mutex
	checks map[string]int // passwords that were checked, by login
	most   int            // of these at the same time
	now    int
}

func newArena(t *testing.T) *arena {
	t.Helper()
	m, err := New(4000)
	if err != nil {
		t.Fatal(err)
	}
	m.header.begun = time.Now().Unix()
	limits := Limits{GuessDelayMax: 10 * time.Second}
	return &arena{Guard: m.With(limits), checks: map[string]int{}}
}

// login tries once and returns how long it took until the check began, and
// whether it did.
func (a *arena) login(addr, login, secret string, hash time.Duration, err error) (time.Duration, bool) {
	p, refusal := a.Enter(pop3.Visitor{Remote: netip.MustParseAddr(addr), Evict: nobody})
	if refusal != nil {
		return 0, false
	}
	defer p.Leave()
	start := time.Now()
	for {
		delay, refusal := p.Try(login, secret)
		switch {
		case refusal != nil:
			return 0, false
		case delay > 0:
			time.Sleep(delay)
			continue
		}
		waited := time.Since(start)
		a.begin(login, 1)
		time.Sleep(hash)
		a.begin(login, -1)
		p.Tried(login, err)
		return waited, true
	}
}

// begin notes that a check begins or ends.
func (a *arena) begin(login string, n int) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.now += n; n > 0 {
		a.checks[login]++
	}
	a.most = max(a.most, a.now)
}

// attack runs a client for a time.
func (a *arena) attack(c client, span time.Duration) {
	var all sync.WaitGroup
	for worker := range max(c.parallel, 1) {
		all.Go(func() {
			end := time.Now().Add(span)
			for n := worker * 1_000_000; time.Now().Before(end); n++ {
				secret := ""
				if !c.broken {
					secret = c.secret(c.addr, n)
				}
				if _, checked := a.login(c.addr, c.login, secret, 100*time.Millisecond, pop3.ErrAuth); !checked {
					time.Sleep(time.Second) // It connects again.
				}
			}
		})
	}
	all.Wait()
}

// many returns n clients of different addresses or users.
func many(n int, of func(i int) client) (all []client) {
	for i := range n {
		all = append(all, of(i))
	}
	return all
}

// Who has to wait how long, and how many guesses an hour of an attack is worth.
// The honest client logs in while it goes on.
func TestScenarios(t *testing.T) {
	const office, home, far = "192.0.2.1", "203.0.113.7", "198.51.100.9"
	bot := func(i int) string { return fmt.Sprintf("100.64.%d.%d", i/250, i%250+1) }
	tests := []struct {
		name    string
		clients []client
		known   string // address from which mrose has logged in
		honest  string // address from which mrose or other logs in
		login   string
		longest time.Duration // until the check of the honest client begins; -1: it may be refused
		guesses int           // of the attackers in an hour, at most
	}{
		{"an old password, another user of the office", []client{{office, "mrose", old, 3, false}}, "", office, "other", 0, 1600},
		{"an old password, the user's new device there", []client{{office, "mrose", old, 1, false}}, "", office, "mrose", 0, 1600},
		{"an old password, the user elsewhere", []client{{office, "mrose", old, 3, false}}, "", home, "mrose", 0, 1600},
		{"guesses at a user, another user of the address", []client{{office, "mrose", fresh, 8, false}}, "", office, "other", 0, 1600},
		{"guesses at a user, the user at a new address", []client{{far, "mrose", fresh, 8, false}}, "", home, "mrose", 10 * time.Second, 1600},
		{"guesses at a user, the user where known", []client{{far, "mrose", fresh, 8, false}}, home, home, "mrose", 0, 1600},
		{"many addresses, one user, at a new address", many(60, func(i int) client { return client{bot(i), "mrose", fresh, 1, false} }), "", home, "mrose", 10 * time.Second, 4500},
		{"many addresses, one user, where known", many(60, func(i int) client { return client{bot(i), "mrose", fresh, 1, false} }), home, home, "mrose", 0, 4500},
		{"one address, many users, from elsewhere", many(60, func(i int) client { return client{far, fmt.Sprint("user", i), fresh, 1, false} }), "", home, "other", 0, 1600},
		{"one address, many users, known there", many(60, func(i int) client { return client{office, fmt.Sprint("user", i), fresh, 1, false} }), office, office, "mrose", 0, 1600},
		{"broken-off exchanges, a new address", []client{{far, "mrose", nil, 8, true}}, "", home, "mrose", 10 * time.Second, 1600},
		{"a network of IPv6", many(50, func(i int) client {
			return client{fmt.Sprintf("2001:db8::%x", i+1), fmt.Sprint("user", i), fresh, 1, false}
		}), "", "2001:db8:0:1::1", "other", 0, 1600},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				a := newArena(t)
				if tt.known != "" {
					a.login(tt.known, "mrose", "right", 0, nil)
				}
				var all sync.WaitGroup
				for _, c := range tt.clients {
					all.Go(func() { a.attack(c, time.Hour) })
				}
				time.Sleep(20 * time.Minute)
				waited, checked := a.login(tt.honest, tt.login, "right", 0, nil)
				if !checked || waited > tt.longest {
					t.Errorf("the honest client: checked %t after %v, want at most %v", checked, waited, tt.longest)
				}
				all.Wait()
				total := -1
				for _, n := range a.checks {
					total += n
				}
				if total > tt.guesses {
					t.Errorf("%d guesses in an hour, want at most %d", total, tt.guesses)
				}
				t.Logf("honest client waited %v; %d guesses", waited, total)
			})
		})
	}
}

// Parallel guesses count before they are checked: of 50 with slow hashes no more
// begin than failures are free.
func TestParallelGuesses(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		a := newArena(t)
		var all sync.WaitGroup
		for i := range 50 {
			all.Go(func() {
				a.login("192.0.2.1", "mrose", fresh("", i), 3*time.Second, pop3.ErrAuth)
			})
		}
		all.Wait()
		if a.most > free+1 || a.checks["mrose"] > free+1+mostWaiting {
			t.Errorf("%d at once, %d in all", a.most, a.checks["mrose"])
		}
	})
}

// Parallel logins with the right password queue, and none of them fails: of a
// user and of an office that logs in for the first time.
func TestParallelLogins(t *testing.T) {
	for _, users := range []int{1, 60} {
		synctest.Test(t, func(t *testing.T) {
			a := newArena(t)
			var all sync.WaitGroup
			for i := range 60 {
				all.Go(func() {
					waited, checked := a.login("192.0.2.1", fmt.Sprint("user", i%users), "right", 100*time.Millisecond, nil)
					if !checked || waited > 5*time.Second {
						t.Errorf("%d users: checked %t after %v", users, checked, waited)
					}
				})
			}
			all.Wait()
		})
	}
}

// Forgive forgets failures and keeps who is known.
func TestForgiveAll(t *testing.T) {
	w := newWorld(t, 10, usual)
	w.succeed("192.0.2.9", "mrose")
	w.spray("192.0.2.1", 16)
	w.fail("192.0.2.1", "mrose", 16)
	if w.refused("192.0.2.1") == "" || w.delay("192.0.2.2", "mrose") == 0 {
		t.Fatal("failures do not count")
	}
	w.Forgive()
	if w.refused("192.0.2.1") != "" || w.delay("192.0.2.2", "mrose") != 0 {
		t.Error("failures are not forgotten")
	}
	if !w.resume("192.0.2.9").Known("mrose") {
		t.Error("a known client is forgotten")
	}
}

// The processors for checks are those of all processes, and what a killed one
// held is given back.
func TestProcessors(t *testing.T) {
	w := newWorld(t, 10, usual)
	for range w.Processors() {
		if !w.TakeProcessor() {
			t.Fatal("none is free")
		}
	}
	if w.TakeProcessor() {
		t.Error("one more than there are")
	}
	w.GiveProcessor()
	if !w.TakeProcessor() || !w.TakeTurn() || w.TakeTurn() {
		t.Error("a processor or a turn that was given back")
	}
	w.Reclaim(int(w.pid))
	if !w.TakeTurn() || !w.TakeProcessor() {
		t.Error("what a killed process held")
	}
}
