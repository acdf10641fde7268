package guard

import "tpops/pkg/pop3"

// makeRoom ends a connection if the crowd of those that have not logged in is
// too large: the oldest of the address that has most of them. Clients that mean
// to log in do so within a moment, so that those who only sit there are the
// oldest; and an address from which somebody has logged in gives way only when
// there is no other. If it is the newcomer's own address that has most, the
// newcomer is refused.
//
// Those that give way count until they are gone: there are never more of them
// than may wait, so that a flood cannot make connections faster than they end.
func (p *place) makeRoom(there sight) *pop3.Refusal {
	g := p.guard
	most := g.limits.BeforeLogin
	if most == 0 || there.crowd <= most {
		return nil
	}
	if there.leaving >= most && !p.spared {
		return p.crowded()
	}
	i := g.worst()
	if i < 0 {
		return nil
	}
	victim := &g.slots[i]
	if victim.address.Load() == p.address {
		return p.crowded()
	}
	state := victim.state.Load()
	if waitsForLogin(state) && victim.state.CompareAndSwap(state, evicted) {
		g.callEvict(i)
	}
	return nil // If it was too late, the other has logged in or gone.
}

// crowded is the refusal of a connection that gives way.
func (p *place) crowded() *pop3.Refusal {
	return &pop3.Refusal{Answer: pop3.ErrBeforeLogin, Reason: "connections before login", Parameter: "max-before-login", Count: p.guard.limits.BeforeLogin}
}

// crowds reports whether a slot is of a connection that has not logged in, from
// an address that is counted.
func (s *slot) crowds() bool { return waitsForLogin(s.state.Load()) && s.address.Load() != 0 }

// worst returns the slot that gives way first, -1 if there is none.
func (m *Memory) worst() int {
	crowd, slots := make(map[uint64]int), m.inUse()
	for i := range slots {
		if s := &slots[i]; s.crowds() {
			crowd[s.address.Load()]++
		}
	}
	worst, least := -1, rank{}
	for i := range slots {
		s := &slots[i]
		if !s.crowds() {
			continue
		}
		r := rank{s.state.Load() == beforeKnown, crowd[s.address.Load()], s.arrived.Load()}
		if worst < 0 || r.before(least) {
			worst, least = i, r
		}
	}
	return worst
}

// rank says who gives way first.
type rank struct {
	spared  bool
	others  int // connections of the same address before login
	arrived uint64
}

func (r rank) before(other rank) bool {
	switch {
	case r.spared != other.spared:
		return !r.spared
	case r.others != other.others:
		return r.others > other.others
	}
	return r.arrived < other.arrived
}
