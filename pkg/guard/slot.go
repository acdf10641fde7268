package guard

import "sync/atomic"

// slot is the entry of a connection in the shared memory. Totals are computed from
// all slots: a killed process could leave a counter wrong, but not a slot.
type slot struct {
	owner   atomic.Uint64 // process id; 0: the slot is free
	state   atomic.Uint64
	arrived atomic.Uint64 // number of the connection, in order of arrival
	address atomic.Uint64 // key; 0: not counted by address
	account atomic.Uint64 // key, once logged in
	attempt atomic.Uint64 // key of the user of an attempt to log in; 0: none
	pair    atomic.Uint64 // key of address and user, for an attempt of an unknown client; 0: none

	checking atomic.Uint64 // 1: the attempt is past its delay and has no result yet
}

// The states of a slot. Only a slot in beforeLogin or beforeLoginKnown can be
// evicted, by the process that changes its state to evicted.
const (
	unused           uint64 = iota
	beforeLogin             // not logged in
	beforeLoginKnown        // the same, from an address with a successful login
	loggedIn
	evicted
	loggingIn // the password was right, and the limit of the user's sessions is checked
)

// isBeforeLogin reports whether a state is one before login.
func isBeforeLogin(state uint64) bool { return state == beforeLogin || state == beforeLoginKnown }

// register is the connections of all processes.
type register struct {
	*mapping
	header *header
	slots  []slot

	connections []atomic.Pointer[connection] // of this process, by number of the slot
	free        atomic.Int64                 // slot at which to begin to look for a free one
}

// claim takes a free slot. It returns -1 if there is none: then the connection is
// not counted.
func (r *register) claim(address, state uint64) int {
	i := r.findFree(int(r.free.Load()))
	if i < 0 {
		i = r.findFree(0)
	}
	if i < 0 {
		return -1
	}
	r.free.Store(int64(i) + 1)
	r.extendUsed(i)
	s := &r.slots[i]
	s.arrived.Store(r.header.arrived.Add(1))
	s.address.Store(address)
	s.state.Store(state) // From now on it counts.
	return i
}

// findFree gives the first free slot from a number on to this process.
func (r *register) findFree(from int) int {
	for i := from; i < len(r.slots); i++ {
		if s := &r.slots[i]; s.owner.Load() == 0 && s.owner.CompareAndSwap(0, r.pid) {
			return i
		}
	}
	return -1
}

// extendUsed extends the range of slots in use to slot number i.
func (r *register) extendUsed(i int) {
	for {
		used := r.header.used.Load()
		if used > uint64(i) || r.header.used.CompareAndSwap(used, uint64(i)+1) {
			return
		}
	}
}

// inUse returns the slots that may be in use: as many as the highest number of
// simultaneous connections so far.
func (r *register) inUse() []slot {
	return r.slots[:min(r.header.used.Load(), uint64(len(r.slots)))]
}

// release frees a slot of this process.
func (r *register) release(i int) {
	r.using.Lock()
	defer r.using.Unlock()
	if r.detached {
		return
	}
	r.connections[i].Store(nil)
	r.slots[i].clear()
	if int64(i) < r.free.Load() {
		r.free.Store(int64(i))
	}
}

// clear frees the slot. The owner goes last, since any process may claim the slot
// then.
func (s *slot) clear() {
	s.state.Store(unused)
	s.endAttempt()
	s.account.Store(0)
	s.address.Store(0)
	s.owner.Store(0)
}

// reserve records an attempt whose check begins now, unless it has to wait.
func (s *slot) reserve(k loginKeys) {
	s.attempt.Store(k.delayKey())
	s.pair.Store(0)
	if !k.known {
		s.pair.Store(k.pair | 1<<63) // Not 0 either for a login without a name.
	}
	s.checking.Store(1)
}

// endAttempt removes the attempt.
func (s *slot) endAttempt() {
	s.checking.Store(0)
	s.pair.Store(0)
	s.attempt.Store(0)
}
