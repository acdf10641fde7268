package guard

import (
	"math"
	"net/netip"
	"time"
)

// Standing is what a Guard remembers of an address or a user.
type Standing struct {
	// Failures are the failed logins that still count: of a user the logins, of an
	// address the users whose logins from there have failed.
	Failures int
	Delay    time.Duration // of the next login of an unknown client
	// Until is when that delay ends if no more logins fail; zero without one.
	Until time.Time
	// Known is set for an address from which a login has succeeded within a week.
	Known bool
	// Refused is set for an address whose new connections are refused, for failed
	// logins or a ban.
	Refused bool
	Exempt  bool // an address that the configuration exempts
	// Connections are those of the address, or the sessions of the user with this
	// exact name.
	Connections int
	Ban         *Ban // of the address
}

// OfAddress returns what is remembered of an address. An IPv6 address shares it with its
// /64. Goroutines may call it at any time.
func (g *Guard) OfAddress(a netip.Addr) Standing {
	key := g.addressKey(a)
	s := g.standing(&g.tables.addresses, key, freeUsers)
	s.Known, s.Exempt = g.isKnown(key), g.exempt(a)
	if s.Exempt {
		return Standing{Known: s.Known, Exempt: true} // Nothing is counted.
	}
	s.Connections = g.countAddress(key).connections
	if b, found := g.ban(a); found {
		s.Ban = &b
	}
	c := &connection{guard: g, from: key, address: key, known: s.Known}
	s.Refused = s.Ban != nil || !s.Known && c.refuseGuesses(g.countAddress(key).delayed) != nil
	return s
}

// OfUser returns what is remembered of a login name, without regard to an address.
// Goroutines may call it at any time.
func (g *Guard) OfUser(login string) Standing {
	s := g.standing(&g.tables.users, g.userKey(login), freeFailures)
	account := g.accountKey(login)
	s.Connections = g.count(func(s *slot) bool { return s.account.Load() == account && s.state.Load() == loggedIn })
	return s
}

// standing returns the failures of a key in a table, of which some are free.
func (g *Guard) standing(t *table, key uint64, free int) Standing {
	score := t.score(key, g.failureClock())
	s := Standing{Failures: int(math.Round(score)), Delay: delayFor(score, free, g.limits.GuessDelayMax)}
	if s.Delay > 0 {
		// The delay ends when the score is rounded to the free failures.
		halves := math.Log2(min(score, maxFailures) / (float64(free) + 0.5))
		s.Until = g.now().Add(time.Duration(halves * float64(failureHalfLife))).Truncate(time.Second)
	}
	return s
}
