package guard

import (
	"errors"
	"time"

	"golang.org/x/sys/unix"
)

// Reclaim frees the slots and processors of a process that has ended. Call it
// before its process id can be used again: in its parent, before the next fork.
func (m *Memory) Reclaim(pid int) {
	m.reclaim(func(owner uint64) bool { return owner == uint64(pid) })
}

// ReclaimEnded frees the slots and processors of processes that have ended. They stay taken
// if another process has the process id by now.
func (m *Memory) ReclaimEnded() {
	m.reclaim(func(owner uint64) bool { return owner != m.pid && hasEnded(int(owner)) })
}

// hasEnded reports whether no process has the id. It does not use kill(2), which needs a
// right that a confined process has given up, and which would be logged as an attack.
func hasEnded(pid int) bool {
	_, err := unix.Getpgid(pid)
	return errors.Is(err, unix.ESRCH)
}

func (m *Memory) reclaim(ended func(owner uint64) bool) {
	m.header.processors.reclaim(ended)
	slots := m.inUse()
	for i := range slots {
		owner := slots[i].owner.Load()
		// Of two processes that reclaim at once only one clears it: it may be another connection's then.
		if owner != 0 && ended(owner) && slots[i].owner.CompareAndSwap(owner, m.pid) {
			slots[i].clear()
		}
	}
}

// How often a process checks whether another process has evicted its connections.
const (
	sweepSoon = 100 * time.Millisecond
	sweepIdle = time.Second
)

// Sweep ends the connections of this process that another process has evicted. It
// returns when to call it again: soon while another process can evict a connection
// of this one.
func (r *register) Sweep() time.Duration {
	r.using.Lock()
	defer r.using.Unlock()
	if r.detached {
		return sweepIdle
	}
	again, slots := sweepIdle, r.inUse()
	for i := range slots {
		s := &slots[i]
		if s.owner.Load() != r.pid {
			continue
		}
		switch state := s.state.Load(); {
		case state == evicted:
			r.callEvict(i)
			again = sweepSoon
		case isBeforeLogin(state):
			again = sweepSoon
		}
	}
	return again
}

// callEvict ends the connection of a slot if it belongs to this process.
func (r *register) callEvict(i int) {
	c := r.connections[i].Load()
	// Another connection, which is not evicted, may have taken the slot by now.
	if c != nil && r.slots[i].state.Load() == evicted && r.connections[i].CompareAndSwap(c, nil) {
		c.evict(c.refuseBeforeLogin())
	}
}
