package guard

import (
	"net/netip"
	"time"

	"tpops/pkg/pop3"
)

// Limits are the limits of a Guard. 0 is no limit.
type Limits struct {
	PerAddress  int // connections of an address
	PerUser     int // sessions of a user
	BeforeLogin int // connections that have not logged in

	GuessDelayMax time.Duration // to which the delay of failed logins grows

	// Exempt are networks whose addresses stand for many clients: nothing is
	// counted by address there, but all is by user.
	Exempt []netip.Prefix
}

// Guard is a pop3.Guard with some limits. Several Guards may share a Memory, so
// that what was learned survives new limits.
type Guard struct {
	*Memory
	limits Limits
}

// With returns a Guard that holds clients to l.
func (m *Memory) With(l Limits) *Guard { return &Guard{m, l} }

// Enter implements pop3.Guard. Where there are more connections than the memory
// has room for, it lets one in without counting it.
func (g *Guard) Enter(v pop3.Visitor) (pop3.Place, *pop3.Refusal) {
	p := &place{guard: g, from: g.addressKey(v.Remote), evict: v.Evict}
	if !g.exempt(v.Remote) {
		p.address = p.from
	}
	p.spared = g.isKnown(p.from)
	p.slot = g.claim(p.address, p.state(v.Account))
	if p.slot < 0 {
		return p, nil
	}
	g.places[p.slot].Store(p)
	if v.Account != "" {
		g.slots[p.slot].account.Store(g.accountKey(v.Account))
	}
	if v.Resumed || p.address == 0 {
		return p, nil
	}
	if refusal := p.refusal(); refusal != nil {
		p.Leave()
		return nil, refusal
	}
	return p, nil
}

// exempt reports whether nothing is counted for an address.
func (g *Guard) exempt(a netip.Addr) bool {
	a = a.Unmap().WithZone("")
	for _, network := range g.limits.Exempt {
		if network.Contains(a) {
			return true
		}
	}
	return false
}

// failures is the clock of failed logins.
func (m *Memory) failures() clock { return clock{m.seconds(), failureHalfLife} }

// successes is that of logins that succeeded.
func (m *Memory) successes() clock { return clock{m.seconds(), knownHalfLife} }

// isKnown reports whether a login from an address, or of a pair, succeeded
// within the last half-life.
func (m *Memory) isKnown(key uint64) bool {
	return key != 0 && m.words.known.score(key, m.successes()) >= 0.5
}

// Forgive forgets all failed logins, in every process that shares the memory.
// It keeps from where logins succeeded. Goroutines may call it at any time.
func (m *Memory) Forgive() {
	m.words.addresses.clear()
	m.words.users.clear()
}

// fail counts a failed login.
func (t *table) fail(key uint64, c clock) {
	t.change(key, c, func(score float64) float64 { return min(score+1, worst) })
}

// halve forgets half of the failures.
func (t *table) halve(key uint64, c clock) {
	t.change(key, c, func(score float64) float64 { return score / 2 })
}

// remember notes that a login succeeded.
func (t *table) remember(key uint64, c clock) {
	t.change(key, c, func(float64) float64 { return 1 })
}
