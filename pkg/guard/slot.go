package guard

import (
	"slices"
	"sync/atomic"
	"time"
)

// slot is the place of a connection in the shared memory. Sums are made by
// looking at all slots: a counter could be left wrong by a process that was
// killed, a slot cannot.
type slot struct {
	owner   atomic.Uint64 // process id; 0: nobody has the slot
	state   atomic.Uint64
	arrived atomic.Uint64 // the order of arrival
	address atomic.Uint64 // key; 0: nobody's
	account atomic.Uint64 // key, once logged in
	awaits  atomic.Uint64 // key of the user whose password it tries; 0: none
	pair    atomic.Uint64 // key of address and user, of such a try by a stranger; 0: none

	checking atomic.Uint64 // 1: the try is no longer delayed, and has not been settled
}

// The states of a slot. Only one that is before or beforeKnown can be evicted,
// and it is by whoever changes it to evicted.
const (
	unused      uint64 = iota
	before             // not logged in
	beforeKnown        // and from an address where a login succeeded
	inside             // logged in
	evicted
)

// waitsForLogin reports whether a state is one before login.
func waitsForLogin(state uint64) bool { return state == before || state == beforeKnown }

// claim takes a free slot. It returns -1 if there is none: then the connection
// is not counted.
func (m *Memory) claim(address, state uint64) int {
	i := m.findFree(int(m.free.Load()))
	if i < 0 {
		i = m.findFree(0)
	}
	if i < 0 {
		return -1
	}
	m.free.Store(int64(i) + 1)
	m.use(i)
	s := &m.slots[i]
	s.arrived.Store(m.header.arrived.Add(1))
	s.address.Store(address)
	s.state.Store(state) // From now on it counts.
	return i
}

// findFree makes the first free slot from a number on this process's.
func (m *Memory) findFree(from int) int {
	for i := from; i < len(m.slots); i++ {
		if s := &m.slots[i]; s.owner.Load() == 0 && s.owner.CompareAndSwap(0, m.pid) {
			return i
		}
	}
	return -1
}

// use notes that slot number i is claimed.
func (m *Memory) use(i int) {
	for {
		used := m.header.used.Load()
		if used > uint64(i) || m.header.used.CompareAndSwap(used, uint64(i)+1) {
			return
		}
	}
}

// inUse returns the slots that may be claimed: no more than the connections
// that there once were at the same time.
func (m *Memory) inUse() []slot {
	return m.slots[:min(m.header.used.Load(), uint64(len(m.slots)))]
}

// release gives a slot back.
func (m *Memory) release(i int) {
	m.using.Lock()
	defer m.using.Unlock()
	if m.detached {
		return
	}
	m.places[i].Store(nil)
	m.slots[i].clear()
	if int64(i) < m.free.Load() {
		m.free.Store(int64(i))
	}
}

// clear makes the slot one that anybody can claim, which is the last that is
// done.
func (s *slot) clear() {
	s.state.Store(unused)
	s.settle()
	s.account.Store(0)
	s.address.Store(0)
	s.owner.Store(0)
}

// sight is what the slots say about the connections of an address, and about
// those of all addresses.
type sight struct {
	same    int // of the address
	waiting int // of these, strangers who try a password
	crowd   int // of all that have not logged in
	leaving int // of all that give way and are still there
}

// look looks at all slots but those of connections that are not counted by
// address.
func (m *Memory) look(address uint64) (there sight) {
	slots := m.inUse()
	for i := range slots {
		s := &slots[i]
		state, of := s.state.Load(), s.address.Load()
		if state == evicted && of != 0 {
			there.leaving++
		}
		if state == unused || state == evicted || of == 0 {
			continue
		}
		if waitsForLogin(state) {
			there.crowd++
		}
		if of == address {
			there.same++
		}
		if of == address && s.pair.Load() != 0 {
			there.waiting++
		}
	}
	return there
}

// reserve notes a try that begins now, unless it has to wait.
func (s *slot) reserve(of subject) {
	s.awaits.Store(of.key())
	s.pair.Store(0)
	if !of.known {
		s.pair.Store(of.pair | 1<<63) // Also of a login without a name.
	}
	s.checking.Store(1)
}

// settle forgets the try.
func (s *slot) settle() {
	s.checking.Store(0)
	s.pair.Store(0)
	s.awaits.Store(0)
}

// inProgress returns how many others than slot number own check a password of
// the same user (same), and of how many other users strangers at the address
// do (waiting).
func (m *Memory) inProgress(own int, address uint64) (begun sight) {
	slots, mine := m.inUse(), &m.slots[own]
	var pairs [freeUsers + 8]uint64 // More do not change a delay.
	for i := range slots {
		s := &slots[i]
		if i == own || s.checking.Load() == 0 || s.owner.Load() == 0 {
			continue
		}
		if key := s.awaits.Load(); key != 0 && key == mine.awaits.Load() {
			begun.same++
			continue
		}
		pair := s.pair.Load()
		if address == 0 || s.address.Load() != address || pair == 0 || pair == mine.pair.Load() {
			continue
		}
		if begun.waiting < len(pairs) && !slices.Contains(pairs[:begun.waiting], pair) {
			pairs[begun.waiting] = pair
			begun.waiting++
		}
	}
	return begun
}

// count returns how many slots there are of connections that are not on their
// way out and that fit.
func (m *Memory) count(fits func(s *slot) bool) int {
	n, slots := 0, m.inUse()
	for i := range slots {
		s := &slots[i]
		if state := s.state.Load(); state != unused && state != evicted && fits(s) {
			n++
		}
	}
	return n
}

// Reclaim gives back what a process held that has ended. Call it before its
// process id can be given to another: by its parent, before it forks again.
func (m *Memory) Reclaim(pid int) {
	m.reclaim(func(owner uint64) bool { return owner == uint64(pid) })
}

// ReclaimAll gives back what others held, whoever they were: for a process that
// knows that none of them is left.
func (m *Memory) ReclaimAll() {
	m.reclaim(func(owner uint64) bool { return owner != m.pid })
}

func (m *Memory) reclaim(ended func(owner uint64) bool) {
	m.header.processors.reclaim(ended)
	slots := m.inUse()
	for i := range slots {
		if owner := slots[i].owner.Load(); owner != 0 && ended(owner) {
			slots[i].clear()
		}
	}
}

// Sweep ends those connections of this process that another one has evicted, and
// returns after how long to call it again: soon while a connection is here that
// another process can evict.
func (m *Memory) Sweep() time.Duration {
	m.using.Lock()
	defer m.using.Unlock()
	if m.detached {
		return sweepIdle
	}
	again, slots := sweepIdle, m.inUse()
	for i := range slots {
		s := &slots[i]
		if s.owner.Load() != m.pid {
			continue
		}
		switch state := s.state.Load(); {
		case state == evicted:
			m.callEvict(i)
			again = sweepSoon
		case waitsForLogin(state):
			again = sweepSoon
		}
	}
	return again
}

// How often a process looks whether another one has evicted its connections.
const (
	sweepSoon = 100 * time.Millisecond
	sweepIdle = time.Second
)

// callEvict tells a connection, if it is one of this process.
func (m *Memory) callEvict(i int) {
	p := m.places[i].Load()
	// The slot may be another one's by now, who has not been evicted.
	if p != nil && m.slots[i].state.Load() == evicted && m.places[i].CompareAndSwap(p, nil) {
		p.evict(p.crowded())
	}
}
