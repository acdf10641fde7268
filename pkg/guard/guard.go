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

	GuessDelayMax time.Duration // the longest delay after failed logins

	// Exempt are networks in which many clients share an address: nothing is
	// counted by address there, but all limits by user apply.
	Exempt []netip.Prefix
}

// Guard is a pop3.Guard with Limits. Several Guards may share a Memory, so that new
// limits keep the state.
type Guard struct {
	*Memory
	limits Limits
}

// With returns a Guard that enforces l.
func (m *Memory) With(l Limits) *Guard { return &Guard{m, l} }

// Accept implements pop3.Guard. Connections that exceed the size of the memory are
// accepted and not counted.
func (g *Guard) Accept(v pop3.Connection) (pop3.Limiter, *pop3.Refusal) {
	c := &connection{guard: g, from: g.addressKey(v.Remote), evict: v.Evict}
	if !g.exempt(v.Remote) {
		c.address = c.from
	}
	if refusal := c.banned(v); refusal != nil {
		return nil, refusal
	}
	c.known = g.isKnown(c.from)
	c.slot = g.claim(c.address, c.state(v.Account))
	if c.slot < 0 {
		return c, nil
	}
	g.connections[c.slot].Store(c)
	if v.Account != "" {
		g.slots[c.slot].account.Store(g.accountKey(v.Account))
	}
	if v.Resumed || c.address == 0 {
		return c, nil
	}
	if refusal := c.refusal(); refusal != nil {
		c.Close()
		return nil, refusal
	}
	return c, nil
}

// banned returns the refusal for a connection from a network that an operator has banned,
// nil for others and for addresses that are exempt.
func (c *connection) banned(v pop3.Connection) *pop3.Refusal {
	if v.Resumed || c.address == 0 || !c.guard.IsBanned(v.Remote) {
		return nil
	}
	return &pop3.Refusal{Answer: pop3.ErrGuesses, Reason: "banned by operator", Parameter: "tpopsctl ban", Count: 1}
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
