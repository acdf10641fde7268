package eventlog

import (
	"context"
	"sync"
	"sync/atomic"
	"time"
)

// queueSize bounds what waits to be written, in octets: some 8,000 records. A
// journald that is restarted is away for as long as a busy server needs to
// write them.
const queueSize = 4 << 20

// entrySize is what a record takes in the queue besides its text.
const entrySize = 96

// stallTime is how long a record waits for room while nothing at all is
// written. After it no record waits until something has been written again.
const stallTime = 5 * time.Second

// queue is where records wait for the goroutine that writes them. Goroutines
// may share it.
type queue struct {
	mu      sync.Mutex
	waiting batch
	serial  uint64        // of the record that came last
	outlets []*outlet     // to write to from now on; nil: those of before
	closed  bool          // nothing is taken any more
	ready   chan struct{} // has an element when there is something to take
	taken   chan struct{} // closed, and replaced, when there is room again

	written atomic.Int64 // how many records were written
	stalled atomic.Int64 // written, as it was when a wait ended in vain; -1: none has
}

func newQueue() *queue {
	q := &queue{ready: make(chan struct{}, 1), taken: make(chan struct{})}
	q.stalled.Store(-1)
	return q
}

// put adds a record, or counts it as lost if there is no room for it. It waits
// for room only if the record's class does, until ctx ends or the writer writes
// nothing for stallTime.
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

// try adds a record if there is room. The last try gives up other records for
// it, if they may be, or else the record. If it is to be tried again, taken is
// closed when there may be room.
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
		return q.taken, false
	default:
		q.waiting.lost.add(e.session, 1)
	}
	return nil, true
}

// await waits for room, and reports whether to wait again if there is none.
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

// replace makes outlets those to write to from now on.
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

// take returns what waits, the outlets if there are new ones, and whether this
// is the last. used is the batch that was taken before, whose room is used
// again.
func (q *queue) take(used batch) (b batch, outlets []*outlet, last bool) {
	q.mu.Lock()
	defer q.mu.Unlock()
	b, outlets = q.waiting, q.outlets
	q.waiting, q.outlets = used.reset(), nil
	q.admit()
	return b, outlets, q.closed
}

// admit lets the records that wait for room try again.
func (q *queue) admit() {
	close(q.taken)
	q.taken = make(chan struct{})
}

// close makes the queue take no more.
func (q *queue) close() {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.closed = true
	q.admit()
	q.wake()
}
