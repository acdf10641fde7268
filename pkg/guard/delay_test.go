package guard

import (
	"fmt"
	"net/netip"
	"testing"
	"time"

	"tpops/pkg/pop3"
)

func TestDelayFor(t *testing.T) {
	tests := []struct {
		score float64
		most  time.Duration
		want  time.Duration
	}{
		{0, time.Minute, 0},
		{3.4, time.Minute, 0},
		{3.6, time.Minute, 5 * time.Second},
		{5, time.Minute, 10 * time.Second},
		{6, time.Minute, 20 * time.Second},
		{7, time.Minute, 40 * time.Second},
		{8, time.Minute, time.Minute},
		{255, time.Minute, time.Minute},
		{255, 10 * time.Minute, 10 * time.Minute},
		{4, 2 * time.Second, 2 * time.Second},
		{8, 0, 0},
	}
	for _, tt := range tests {
		if got := delayFor(tt.score, freeFailures, tt.most); got != tt.want {
			t.Errorf("delayFor(%v, %v) = %v, want %v", tt.score, tt.most, got, tt.want)
		}
	}
}

// Failures of an address and of a user cause a delay that grows with each failure
// and is forgotten with time.
func TestFailures(t *testing.T) {
	tests := []struct {
		name        string
		failures    int
		later       time.Duration
		addr, login string // of the next login; mrose failed from 192.0.2.1
		want        time.Duration
	}{
		{"some are free", 3, 0, "192.0.2.1", "mrose", 0},
		{"the next waits", 4, 0, "192.0.2.1", "mrose", 5 * time.Second},
		{"it doubles", 6, 0, "192.0.2.1", "mrose", 20 * time.Second},
		{"up to the longest delay", 16, 0, "192.0.2.1", "mrose", time.Minute},
		{"the address for another user", 16, 0, "192.0.2.1", "other", 0},
		{"the user from another address", 6, 0, "192.0.2.2", "mrose", 20 * time.Second},
		{"in another case", 6, 0, "192.0.2.2", "MRose", 20 * time.Second},
		{"with spaces at the end", 6, 0, "192.0.2.2", "mrose  ", 20 * time.Second},
		{"with an accent", 6, 0, "192.0.2.2", "mros\u00e9", 20 * time.Second},
		{"with an accent in another form", 6, 0, "192.0.2.2", "MROSE\u0301", 20 * time.Second},
		{"with invisible characters", 6, 0, "192.0.2.2", "m\u00adro\u200bse\ufeff", 20 * time.Second},
		{"in other forms of letters", 6, 0, "192.0.2.2", "\uff4drose\u3000", 20 * time.Second},
		{"with a space inside", 6, 0, "192.0.2.2", "m rose", 0},
		{"with an octet that is no text", 6, 0, "192.0.2.2", "mrose\xff", 0},
		{"another user from another address", 16, 0, "192.0.2.2", "other", 0},
		{"half is forgotten", 8, failureHalfLife, "192.0.2.1", "mrose", 5 * time.Second},
		{"later all is forgotten", 8, 2 * failureHalfLife, "192.0.2.1", "mrose", 0},
		{"also after very many failures", 200, 3 * failureHalfLife, "192.0.2.1", "mrose", 0},
		{"a clock that was set back", 6, -time.Hour, "192.0.2.1", "mrose", 20 * time.Second},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			w := newTestGuard(t, 10, allLimits)
			w.advance(24 * time.Hour)
			w.fail("192.0.2.1", "mrose", tt.failures)
			w.advance(tt.later)
			if got := w.delay(tt.addr, tt.login); got != tt.want {
				t.Errorf("delay %v, want %v", got, tt.want)
			}
		})
	}
}

// A login waits once for a user, under whatever spellings its database has found it:
// otherwise the time would show that there is such a user.
func TestSpellingWaitsOnce(t *testing.T) {
	for _, row := range []string{"mrose", "MROSE", "mrose ", "mros\u00e9", "other"} {
		for name, others := range map[string]int{"counted": 0, "without a slot": slotsFor(0)} {
			t.Run(row+" "+name, func(t *testing.T) {
				w := newTestGuard(t, 0, allLimits)
				for _, failed := range []string{"mrose", "other"} {
					w.fail("192.0.2.1", failed, 6)
				}
				for i := range others {
					w.connect(fmt.Sprintf("198.51.100.%d", i))
				}
				p := w.connect("192.0.2.2")
				begin := func(login string) time.Duration {
					permit, refusal := p.Begin(pop3.Attempt{Login: login, Password: "guess"})
					if refusal != nil {
						t.Fatal(refusal)
					}
					return permit.Delay
				}
				if d := begin("MRose"); d != 20*time.Second {
					t.Fatalf("at first %v", d)
				}
				w.advance(20 * time.Second)
				if d := begin("MRose"); d != 0 {
					t.Fatalf("later %v", d)
				}
				w.fail("192.0.2.4", "mrose", 2) // meanwhile
				if d := begin(row); (d != 0) != (row == "other") {
					t.Errorf("for the row %v", d)
				}
				if permit, _ := p.Begin(pop3.Attempt{Login: row, Password: "another guess"}); permit.Delay == 0 {
					t.Error("another password does not wait")
				}
			})
		}
	}
}

// An IPv4 address counts as a whole, of an IPv6 address the first 64 bits.
func TestAddresses(t *testing.T) {
	tests := []struct {
		name, failed, next string
		same               bool
	}{
		{"IPv4", "192.0.2.1", "192.0.2.2", false},
		{"IPv4 in IPv6", "::ffff:192.0.2.1", "192.0.2.1", true},
		{"same /64", "2001:db8::1", "2001:db8::ffff:1", true},
		{"another /64", "2001:db8::1", "2001:db8:0:1::1", false},
		{"equal numbers", "0.0.0.1", "0:0:0:1::1", false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			w := newTestGuard(t, 10, allLimits)
			w.spray(tt.failed, freeUsers+2)
			if got := w.delay(tt.next, "y") != 0; got != tt.same {
				t.Errorf("delayed %t, want %t", got, tt.same)
			}
		})
	}
}

// A user who has logged in from an address is not delayed by failures of others.
func TestKnownUser(t *testing.T) {
	const office, far = "192.0.2.1", "198.51.100.7"
	w := newTestGuard(t, 10, allLimits)
	w.succeed(office, "mrose")
	w.fail(far, "mrose", 16)
	w.spray(far, 16)
	w.spray(office, 16)
	if d := w.delay(office, "mrose"); d != 0 {
		t.Errorf("a known user waits %v for failures of others", d)
	}
	if d := w.delay(far, "mrose"); d != time.Minute {
		t.Errorf("an unknown client waits %v", d)
	}
	if p := w.refused(office); p != "" {
		t.Errorf("an address with a login that succeeded is refused: %s", p)
	}
	if p := w.refused(far); p != "guess-delay-max" {
		t.Errorf("one without is refused by %q", p)
	}
	w.fail(office, "mrose", 5)
	if d := w.delay(office, "mrose"); d != 10*time.Second {
		t.Errorf("for the user's own failures %v", d)
	}
	w.advance(knownHalfLife + time.Hour)
	w.fail(far, "mrose", 5)
	if d := w.delay(office, "mrose"); d != 10*time.Second {
		t.Errorf("after the login is forgotten: %v", d)
	}
}

// The password of one user does not help to guess that of another whose name databases
// may take for another spelling.
func TestKnownSpelling(t *testing.T) {
	pairs := [][2]string{
		{"m\u00fcller", "muller"}, {"muller", "m\u00fcller"}, {"ann ", "ann"}, {"ann", "an\u00adn"},
		{"Ann", "ann"}, {"ann", "Ann"}, {"ANN", "Ann"}, {"\u212aim", "kim"}, {"\u0130nce", "ince"},
		{"ann\xff", "ann\xfe"}, {"ann\xff", "ann\ufffd"}, {"ann\ufffd", "ann\xff"},
	}
	for _, pair := range pairs {
		own, other := pair[0], pair[1]
		w := newTestGuard(t, 10, allLimits)
		delayed := 0
		for range 60 {
			w.succeed("192.0.2.1", own)
			if w.delay("192.0.2.1", other) > 0 {
				delayed++
			}
			w.fail("192.0.2.1", other, 1)
		}
		if delayed != 60-4 {
			t.Errorf("as %q, %d of 60 guesses for %q are delayed", own, delayed, other)
		}
	}
}

// Failures of a user with any name at a known address count for that user, and a login
// halves them.
func TestKnownFailures(t *testing.T) {
	for _, login := range []string{"mrose", "MRose", "m\u00fcller", "ann "} {
		w := newTestGuard(t, 10, allLimits)
		w.succeed("192.0.2.1", login)
		w.fail("192.0.2.1", login, 6)
		if d := w.delay("192.0.2.1", login); d != 20*time.Second {
			t.Errorf("%q waits %v", login, d)
		}
		w.succeed("192.0.2.1", login)
		if d := w.delay("192.0.2.1", login); d != 0 {
			t.Errorf("%q waits %v after its password", login, d)
		}
	}
}

// A successful login halves the failures of its address, but not often enough to
// help guessing.
func TestForgive(t *testing.T) {
	w := newTestGuard(t, 10, allLimits)
	score := func() float64 {
		return w.tables.addresses.score(w.addressKey(netip.MustParseAddr("192.0.2.1")), w.failureClock())
	}
	w.spray("192.0.2.1", 8)
	w.succeed("192.0.2.1", "own")
	if got := score(); got != 4 {
		t.Fatalf("score %v, want 4", got)
	}
	for i := range 20 {
		w.advance(time.Second)
		w.fail("192.0.2.1", fmt.Sprintf("victim%d", i), 1)
		w.succeed("192.0.2.1", "own")
	}
	if got := score(); got < 14 {
		t.Errorf("score %v: an account of the attacker resets the failures", got)
	}
	w.advance(forgiveInterval)
	w.succeed("192.0.2.1", "own")
	if got := score(); got > 8 {
		t.Errorf("score %v after forgiveInterval", got)
	}
}

// An error of the user database is not a failed login.
func TestDatabaseError(t *testing.T) {
	w := newTestGuard(t, 10, allLimits)
	p := w.connect("192.0.2.1")
	for range 20 {
		p.End("mrose", pop3.ErrTemporary)
	}
	if d := w.delay("192.0.2.1", "mrose"); d != 0 {
		t.Errorf("delay %v", d)
	}
}
