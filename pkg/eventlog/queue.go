package eventlog

import (
	"context"
	"sync"
	"sync/atomic"
	"time"
)

// queueSize is the maximum size of the queue, in octets: about 8,000 records. That is
// enough for a busy server during a restart of journald.
const queueSize = 4 << 20

// entrySize is the size of a record in the queue without its text.
const entrySize = 96

// stallTime is how long a record waits for room without progress. After that, no record
// waits until a record has been written.
const stallTime = 5 * time.Second

// queue has the records that wait for the goroutine that writes them. Goroutines may
// share it.
type queue struct {
	mu      sync.Mutex
	waiting batch
	serial  uint64        // of the last record
	outlets []*outlet     // the new outlets; nil: no change
	closed  bool          // no more records are accepted
	ready   chan struct{} // has an element when take has something to return
	taken   chan struct{} // closed when there is room again; nil while no record waits

	written atomic.Int64 // number of written records
	stalled atomic.Int64 // value of written when a wait last timed out; -1: never
}

func newQueue() *queue {
	q := &queue{ready: make(chan struct{}, 1)}
	q.stalled.Store(-1)
	return q
}

// put adds a record, or counts it as lost if there is no room. It waits for room only if
// the record's class does, until ctx ends or nothing has been written for stallTime.
func (q *queue) put(ctx context.Context, e entry, line, fields []byte) {
	e.line, e.fields = len(line), len(fields)
	waits := e.class().waits
	for {
		taken, done := q.try(e, line, fields, !waits)
		if done {
			return
		}
		waits = q.await(ctx, taken)
	}
}

// try adds a record if there is room. If it is the last try, it drops other records if
// the classes allow this, or else this record. Otherwise taken is closed when there may
// be room.
func (q *queue) try(e entry, line, fields []byte, last bool) (taken <-chan struct{}, done bool) {
	q.mu.Lock()
	defer q.mu.Unlock()
	switch {
	case q.closed:
	case q.waiting.fits(&e) || last && q.waiting.makeRoom(&e):
		q.serial++
		e.serial = q.serial
		q.waiting.add(e, line, fields)
		q.wake()
	case !last:
		if q.taken == nil {
			q.taken = make(chan struct{})
		}
		return q.taken, false
	default:
		q.waiting.lost.add(e.session, 1)
	}
	return nil, true
}

// await waits for room. It reports whether to wait again if there is still no room.
func (q *queue) await(ctx context.Context, taken <-chan struct{}) bool {
	before := q.written.Load()
	if ctx.Err() != nil || q.stalled.Load() == before {
		return false
	}
	timer := time.NewTimer(stallTime)
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
	q.stalled.Store(before)
	return false
}

// replace sets the outlets to write to.
func (q *queue) replace(outlets []*outlet) {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.outlets = outlets
	q.wake()
}

func (q *queue) wake() {
	select {
	case q.ready <- struct{}{}:
	default:
	}
}

// take returns the waiting records, the outlets if they were replaced, and whether this
// is the last batch. used is the previous batch, whose memory is reused.
func (q *queue) take(used batch) (b batch, outlets []*outlet, last bool) {
	q.mu.Lock()
	defer q.mu.Unlock()
	b, outlets = q.waiting, q.outlets
	q.waiting, q.outlets = used.reset(), nil
	q.admit()
	return b, outlets, q.closed
}

// admit wakes the records that wait for room.
func (q *queue) admit() {
	if q.taken != nil {
		close(q.taken)
		q.taken = nil
	}
}

// close makes the queue reject further records.
func (q *queue) close() {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.closed = true
	q.admit()
	q.wake()
}
