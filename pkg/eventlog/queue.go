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
	vital   atomic.Int64 // number of vital records that are in the queue or being written

	forEach, forVital wait
}

func newQueue() *queue {
	q := &queue{ready: make(chan struct{}, 1)}
	q.forEach.start(stallTime, mostTime)
	q.forVital.start(vitalStallTime, vitalMostTime)
	return q
}

// put adds a record, or counts it as lost if there is no room. It waits for room only if
// the record's class does, until ctx ends or one of the limits of wait is reached.
func (q *queue) put(ctx context.Context, e entry, line, fields []byte) {
	e.line, e.fields = len(line), len(fields)
	w := q.waitOf(e.class())
	var begun time.Time
	for last := w == nil; ; {
		taken, done := q.try(e, line, fields, last, begun)
		if done {
			return
		}
		if begun.IsZero() {
			begun = time.Now()
		}
		last = !q.await(ctx, w, taken, begun)
	}
}

// waitOf returns how records of a class wait for room, nil if they do not.
func (q *queue) waitOf(c class) *wait {
	switch {
	case c.vital:
		return &q.forVital
	case c.waits:
		return &q.forEach
	}
	return nil
}

// try adds a record if there is room. A vital record, and any record at the last try,
// drops others if the classes allow this. Without room the record is lost at the last
// try; otherwise taken is closed when there may be room. begun is when the record began to
// wait, zero if it has not.
func (q *queue) try(e entry, line, fields []byte, last bool, begun time.Time) (taken <-chan struct{}, done bool) {
	q.mu.Lock()
	defer q.mu.Unlock()
	vital := e.class().vital
	switch {
	case q.closed:
	case q.waiting.fits(&e) || (last || vital) && q.waiting.makeRoom(&e):
		q.serial++
		e.serial = q.serial
		q.waiting.add(e, line, fields)
		if vital {
			q.addVital(begun)
		}
		q.wake()
	case !last:
		if q.taken == nil {
			q.taken = make(chan struct{})
		}
		return q.taken, false
	default:
		q.waiting.lost.addWithin(maxCounted, e.session, 1)
	}
	return nil, true
}

// addVital counts a vital record that was added, and how long it has waited.
func (q *queue) addVital(begun time.Time) {
	q.vital.Add(1)
	if !begun.IsZero() {
		q.waiting.slow.join(slowness{1, time.Since(begun)})
	}
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
