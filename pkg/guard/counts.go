package guard

import "slices"

// addressCounts are numbers of connections from addresses that are counted.
type addressCounts struct {
	connections int // of the address
	delayed     int // of these, unknown clients with an attempt to log in
	beforeLogin int // of all addresses
	evicted     int // of all addresses, and not ended yet
}

// countAddress returns the numbers for an address.
func (r *register) countAddress(address uint64) (n addressCounts) {
	slots := r.inUse()
	for i := range slots {
		if slots[i].address.Load() != 0 {
			n.add(&slots[i], address)
		}
	}
	return n
}

// add counts a slot.
func (n *addressCounts) add(s *slot, address uint64) {
	state := s.state.Load()
	switch {
	case state == unused:
		return
	case state == evicted:
		n.evicted++
		return
	case isBeforeLogin(state):
		n.beforeLogin++
	}
	if s.address.Load() != address {
		return
	}
	n.connections++
	if s.pair.Load() != 0 {
		n.delayed++
	}
}

// progress is how many attempts to log in are being checked.
type progress struct {
	sameUser   int // attempts of the same user
	otherUsers int // other users at the address, of unknown clients
}

// maxPairs is how many users of an address are distinguished. More do not change a
// delay.
const maxPairs = freeUsers + 8

// inProgress returns the attempts that are being checked, without that of slot
// number own.
func (r *register) inProgress(own int, address uint64) (p progress) {
	slots, mine := r.inUse(), &r.slots[own]
	var array [maxPairs]uint64 // so that nothing is allocated
	pairs := array[:0]
	for i := range slots {
		s := &slots[i]
		if i == own || s.checking.Load() == 0 || s.owner.Load() == 0 {
			continue
		}
		if key := s.attempt.Load(); key != 0 && key == mine.attempt.Load() {
			p.sameUser++
			continue
		}
		pair := s.otherPair(mine, address)
		if pair != 0 && len(pairs) < maxPairs && !slices.Contains(pairs, pair) {
			pairs = append(pairs, pair)
		}
	}
	p.otherUsers = len(pairs)
	return p
}

// otherPair returns the pair of a slot's attempt if it is one at the address, of an
// unknown client and not of the same user as mine; otherwise 0.
func (s *slot) otherPair(mine *slot, address uint64) uint64 {
	pair := s.pair.Load()
	if address == 0 || s.address.Load() != address || pair == mine.pair.Load() {
		return 0
	}
	return pair
}

// count returns how many slots match, without those of evicted connections.
func (r *register) count(matches func(s *slot) bool) int {
	n, slots := 0, r.inUse()
	for i := range slots {
		s := &slots[i]
		if state := s.state.Load(); state != unused && state != evicted && matches(s) {
			n++
		}
	}
	return n
}
