package metrics

import (
	"sync"
	"time"
)

// interval is the time between two copies of the figures, and kept how many copies are
// kept, so that the oldest is a minute old.
const (
	interval = 5 * time.Second
	kept     = 13
)

// Recent knows the figures of a Memory of a minute ago. Goroutines may share it.
type Recent struct {
	memory  *Memory
	started time.Time

	mu     sync.Mutex
	copies []snapshot // the oldest first
}

// snapshot is a copy of the figures.
type snapshot struct {
	at    time.Time
	words []uint64
}

// NewRecent returns a Recent for a memory, of which it is the first in this process.
func NewRecent(m *Memory, now time.Time) *Recent {
	return &Recent{memory: m, started: m.Since(now), copies: []snapshot{{now, m.read()}}}
}

// Started returns the time since which the figures have been counted. That may be before the
// start of this process.
func (r *Recent) Started() time.Time { return r.started }

// Look notes the figures at the time now. It is called once a second, and does something
// every fifth time.
func (r *Recent) Look(now time.Time) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if now.Sub(r.copies[len(r.copies)-1].at) < interval {
		return
	}
	next := snapshot{now, r.memory.read()}
	if len(r.copies) < kept {
		r.copies = append(r.copies, next)
		return
	}
	copy(r.copies, r.copies[1:])
	r.copies[kept-1] = next
}

// Values returns all figures and spans, and how long the last minute is: less after the
// start.
func (r *Recent) Values(now time.Time) (values []Value, minute time.Duration) {
	r.mu.Lock()
	oldest := r.copies[0]
	r.mu.Unlock()
	present := r.memory.read()
	return valuesOf(present, oldest.words), now.Sub(oldest.at)
}
