package guard

import "tpops/pkg/pop3"

// makeRoom evicts a connection if there are too many before login: the oldest one
// of the address with the most. Clients that want to log in do so at once, so that
// the oldest connections are idle. A connection from an address with a successful
// login is evicted only if there is no other. If the new connection's own address
// has the most, the new connection is refused.
//
// Evicted connections count until they have ended. There are never more of them
// than max-before-login, so that a flood cannot open connections faster than they
// end.
func (c *connection) makeRoom(n addressCounts) *pop3.Refusal {
	g := c.guard
	limit := g.limits.BeforeLogin
	if limit == 0 || n.beforeLogin <= limit {
		return nil
	}
	if n.evicted >= limit && !c.known {
		return c.refuseBeforeLogin()
	}
	i := g.nextEviction()
	if i < 0 {
		return nil
	}
	victim := &g.slots[i]
	if victim.address.Load() == c.address {
		return c.refuseBeforeLogin()
	}
	state := victim.state.Load()
	if isBeforeLogin(state) && victim.state.CompareAndSwap(state, evicted) {
		g.callEvict(i)
	}
	return nil // If the swap failed, the other client has logged in or disconnected.
}

// refuseBeforeLogin returns the refusal of a connection that is evicted.
func (c *connection) refuseBeforeLogin() *pop3.Refusal {
	return &pop3.Refusal{Answer: pop3.ErrBeforeLogin, Reason: "connections before login", Parameter: "max-before-login", Count: c.guard.limits.BeforeLogin}
}

// canEvict reports whether a slot is that of a connection before login, from an
// address that is counted.
func (s *slot) canEvict() bool { return isBeforeLogin(s.state.Load()) && s.address.Load() != 0 }

// nextEviction returns the slot to evict next, -1 if there is none.
func (r *register) nextEviction() int {
	perAddress, slots := make(map[uint64]int), r.inUse()
	for i := range slots {
		if s := &slots[i]; s.canEvict() {
			perAddress[s.address.Load()]++
		}
	}
	next, first := -1, evictionRank{}
	for i := range slots {
		s := &slots[i]
		if !s.canEvict() {
			continue
		}
		rank := evictionRank{s.state.Load() == beforeLoginKnown, perAddress[s.address.Load()], s.arrived.Load()}
		if next < 0 || rank.before(first) {
			next, first = i, rank
		}
	}
	return next
}

// evictionRank orders the connections that can be evicted.
type evictionRank struct {
	known       bool
	sameAddress int // connections of the same address before login
	arrived     uint64
}

// before reports whether r is evicted before other.
func (r evictionRank) before(other evictionRank) bool {
	switch {
	case r.known != other.known:
		return !r.known
	case r.sameAddress != other.sameAddress:
		return r.sameAddress > other.sameAddress
	}
	return r.arrived < other.arrived
}
