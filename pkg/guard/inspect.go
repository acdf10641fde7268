package guard

import (
	"math"
	"net/netip"
	"time"
)

// Memo is what a Guard remembers of a user and an address.
type Memo struct {
	Delay    time.Duration // before the next password is checked
	Failures int           // failed logins that cause the delay, or would with more of them
	Refused  bool          // connections from the address are refused
	Known    bool          // the user has logged in from the address before
	Sessions int           // present sessions of the user, in all processes
	Limit    int           // highest number of them, 0: none
}

// Inspect returns what is remembered of the login name as a client sends it, the
// account's name, and an address, which need not be valid. It counts nothing.
// Goroutines may call it at any time.
func (g *Guard) Inspect(login, account string, from netip.Addr) Memo {
	c := &connection{guard: g, from: g.addressKey(from), slot: -1}
	if !g.exempt(from) {
		c.address = c.from
	}
	c.known = g.isKnown(c.from)
	keys := c.keys(login)
	key := g.accountKey(account)
	return Memo{
		Delay: c.delay(keys, progress{}), Failures: int(math.Round(c.score(keys, progress{}))), Known: keys.known,
		Refused: c.address != 0 && !c.known && c.refuseGuesses(g.countAddress(c.address).delayed) != nil,
		Limit:   g.limits.PerUser,
		Sessions: g.count(func(s *slot) bool {
			return s.account.Load() == key && s.state.Load() == loggedIn
		}),
	}
}
