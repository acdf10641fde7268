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

// attacker logs in again and again, as fast as the guard allows it.
type attacker struct {
	addr, login string
	secret      func(addr string, n int) string
	parallel    int
	aborts      bool // sends no password, and aborts the exchange
}

// newGuess returns a different password each time.
func newGuess(addr string, n int) string { return fmt.Sprint("guess ", addr, n) }

// oldPassword returns the password that a device keeps sending after a change.
func oldPassword(string, int) string { return "old" }

// scenario is a guard with the clock of a synctest bubble.
type scenario struct {
	*Guard
	mu      sync.Mutex
	checks  map[string]int // number of password checks, by login
	highest int            // number of simultaneous checks
	running int            // checks
}

func newScenario(t *testing.T) *scenario {
	t.Helper()
	m, err := New(4000)
	if err != nil {
		t.Fatal(err)
	}
	m.header.begun = time.Now().Unix()
	limits := Limits{GuessDelayMax: 10 * time.Second}
	return &scenario{Guard: m.With(limits), checks: map[string]int{}}
}

// login tries once. It returns how long it waited for the check, and whether there
// was one.
func (a *scenario) login(addr, login, secret string, hash time.Duration, err error) (time.Duration, bool) {
	p, refusal := a.Accept(pop3.Connection{Remote: netip.MustParseAddr(addr), Evict: ignoreEviction})
	if refusal != nil {
		return 0, false
	}
	defer p.Close()
	start := time.Now()
	for {
		permit, refusal := p.Begin(pop3.Attempt{Login: login, Password: secret})
		switch {
		case refusal != nil:
			return 0, false
		case permit.Delay > 0:
			time.Sleep(permit.Delay)
			continue
		}
		waited := time.Since(start)
		a.countCheck(login, 1)
		time.Sleep(hash)
		a.countCheck(login, -1)
		p.End(login, err)
		return waited, true
	}
}

// countCheck counts a check that begins (1) or ends (-1).
func (a *scenario) countCheck(login string, n int) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.running += n; n > 0 {
		a.checks[login]++
	}
	a.highest = max(a.highest, a.running)
}

// attack runs an attacker for a time.
func (a *scenario) attack(c attacker, span time.Duration) {
	var all sync.WaitGroup
	for worker := range max(c.parallel, 1) {
		all.Go(func() {
			end := time.Now().Add(span)
			for n := worker * 1_000_000; time.Now().Before(end); n++ {
				secret := ""
				if !c.aborts {
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

// many returns n attackers with different addresses or users.
func many(n int, of func(i int) attacker) (all []attacker) {
	for i := range n {
		all = append(all, of(i))
	}
	return all
}

// How long an honest client waits during an attack, and how many passwords the
// attackers can check in an hour.
func TestScenarios(t *testing.T) {
	const office, home, far = "192.0.2.1", "203.0.113.7", "198.51.100.9"
	bot := func(i int) string { return fmt.Sprintf("100.64.%d.%d", i/250, i%250+1) }
	tests := []struct {
		name      string
		attackers []attacker
		known     string // address from which mrose has logged in
		honest    string // address from which mrose or other logs in
		login     string
		longest   time.Duration // until the check for the honest client begins
		guesses   int           // of the attackers in an hour, at most
	}{
		{"an old password, another user of the office", []attacker{{office, "mrose", oldPassword, 3, false}}, "", office, "other", 0, 1600},
		{"an old password, the user's new device there", []attacker{{office, "mrose", oldPassword, 1, false}}, "", office, "mrose", 0, 1600},
		{"an old password, the user at another address", []attacker{{office, "mrose", oldPassword, 3, false}}, "", home, "mrose", 0, 1600},
		{"guesses at a user, another user of the address", []attacker{{office, "mrose", newGuess, 8, false}}, "", office, "other", 0, 1600},
		{"guesses at a user, the user at a new address", []attacker{{far, "mrose", newGuess, 8, false}}, "", home, "mrose", 10 * time.Second, 1600},
		{"guesses at a user, the user where known", []attacker{{far, "mrose", newGuess, 8, false}}, home, home, "mrose", 0, 1600},
		{"many addresses, one user, at a new address", many(60, func(i int) attacker { return attacker{bot(i), "mrose", newGuess, 1, false} }), "", home, "mrose", 10 * time.Second, 4500},
		{"many addresses, one user, where known", many(60, func(i int) attacker { return attacker{bot(i), "mrose", newGuess, 1, false} }), home, home, "mrose", 0, 4500},
		{"one address, many users, from another address", many(60, func(i int) attacker { return attacker{far, fmt.Sprint("user", i), newGuess, 1, false} }), "", home, "other", 0, 1600},
		{"one address, many users, known there", many(60, func(i int) attacker { return attacker{office, fmt.Sprint("user", i), newGuess, 1, false} }), office, office, "mrose", 0, 1600},
		{"aborted exchanges, a new address", []attacker{{far, "mrose", nil, 8, true}}, "", home, "mrose", 10 * time.Second, 1600},
		{"a network of IPv6", many(50, func(i int) attacker {
			return attacker{fmt.Sprintf("2001:db8::%x", i+1), fmt.Sprint("user", i), newGuess, 1, false}
		}), "", "2001:db8:0:1::1", "other", 0, 1600},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				a := newScenario(t)
				if tt.known != "" {
					a.login(tt.known, "mrose", "right", 0, nil)
				}
				var all sync.WaitGroup
				for _, c := range tt.attackers {
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

// Parallel guesses count before they are checked: of 50 with slow hashes only as
// many begin as failures are free.
func TestParallelGuesses(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		a := newScenario(t)
		var all sync.WaitGroup
		for i := range 50 {
			all.Go(func() {
				a.login("192.0.2.1", "mrose", newGuess("", i), 3*time.Second, pop3.ErrAuth)
			})
		}
		all.Wait()
		if a.highest > freeFailures+1 || a.checks["mrose"] > freeFailures+1+maxDelayed {
			t.Errorf("%d at once, %d in all", a.highest, a.checks["mrose"])
		}
	})
}

// Parallel logins with the right password wait for each other, and none of them
// fails: 60 of one user, and one of 60 users at the same address.
func TestParallelLogins(t *testing.T) {
	for _, users := range []int{1, 60} {
		synctest.Test(t, func(t *testing.T) {
			a := newScenario(t)
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

// Forgive removes failures and keeps known clients.
func TestForgiveAll(t *testing.T) {
	w := newTestGuard(t, 10, allLimits)
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
	if permit, refusal := w.resume("192.0.2.9").Begin(pop3.Attempt{Login: "mrose"}); refusal != nil || !permit.Known {
		t.Error("a known client is forgotten")
	}
}

// A process that was taken over writes another number of processors.
func TestProcessorsWritten(t *testing.T) {
	for _, count := range []uint64{0, maxProcessors + 1, 1 << 63} {
		w := newTestGuard(t, 10, allLimits)
		w.header.processors.count = count
		if n := w.Processors(); n < 1 || n > maxProcessors {
			t.Errorf("%d: %d processors", count, n)
		}
		taken := 0
		for taken <= maxProcessors && w.TakeProcessor() {
			taken++
		}
		if taken < 1 || taken > maxProcessors {
			t.Errorf("%d: %d were taken", count, taken)
		}
		w.GiveProcessor()
	}
}

// A processor is freed although the number of processors has become lower meanwhile.
func TestGiveProcessorAboveCount(t *testing.T) {
	w := newTestGuard(t, 10, allLimits)
	w.header.processors.count = 4
	for range 4 {
		if !w.TakeProcessor() {
			t.Fatal("no processor is free")
		}
	}
	w.header.processors.count = 1
	for range 4 {
		w.GiveProcessor()
	}
	for i := range w.processors.used {
		if pid := w.processors.used[i].Load(); pid != 0 {
			t.Errorf("processor %d is still that of process %d", i, pid)
		}
	}
}

// All processes share the processors, and Reclaim frees those of a killed process.
func TestProcessors(t *testing.T) {
	w := newTestGuard(t, 10, allLimits)
	for range w.Processors() {
		if !w.TakeProcessor() {
			t.Fatal("no processor is free")
		}
	}
	if w.TakeProcessor() {
		t.Error("too many processors can be taken")
	}
	w.GiveProcessor()
	if !w.TakeProcessor() || !w.TakeTurn() || w.TakeTurn() {
		t.Error("a released processor or turn cannot be taken")
	}
	w.Reclaim(int(w.pid))
	if !w.TakeTurn() || !w.TakeProcessor() {
		t.Error("the processors of a killed process are not freed")
	}
}
