package eventlog

import (
	"context"
	"sync/atomic"
	"time"
)

// How long a record waits for room without progress, and at most. After a wait without
// progress no record of the sort waits until a record has been written.
const (
	stallTime      = 5 * time.Second // one of many records for messages
	mostTime       = 20 * time.Second
	vitalStallTime = 15 * time.Second // a login or the end of a session
	vitalMostTime  = 10 * time.Minute
)

// wait is how records of one sort wait for room.
type wait struct {
	stall, most time.Duration
	stalled     atomic.Int64 // value of queue.written when a wait last timed out; -1: never
}

// start sets the limits.
func (w *wait) start(stall, most time.Duration) {
	w.stall, w.most = stall, most
	w.stalled.Store(-1)
}

// slowness counts records that have waited.
type slowness struct {
	records int
	longest time.Duration
}

// join adds other.
func (s *slowness) join(other slowness) {
	s.records += other.records
	s.longest = max(s.longest, other.longest)
}

// await waits for room. It reports whether to wait again if there is still no room. begun
// is when the record began to wait.
func (q *queue) await(ctx context.Context, w *wait, taken <-chan struct{}, begun time.Time) bool {
	before := q.written.Load()
	left := w.most - time.Since(begun)
	if ctx.Err() != nil || left <= 0 || w.stalled.Load() == before {
		return false
	}
	timer := time.NewTimer(min(w.stall, left))
	defer timer.Stop()
	select {
	case <-taken:
		return true
	case <-ctx.Done():
		return false
	case <-timer.C:
	}
	if q.written.Load() != before {
		return true
	}
	if left >= w.stall {
		w.stalled.Store(before)
		q.giveUp()
	}
	return false
}

// giveUp wakes the records that wait for room, so that those whose sort waits no more end
// their wait.
func (q *queue) giveUp() {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.admit()
}
