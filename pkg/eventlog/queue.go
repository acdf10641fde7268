package eventlog

import (
	"log/slog"
	"sync"
	"time"
)

// queueSize bounds what waits to be written, in octets: some 8,000 records. A
// journald that is restarted is away for as long as a busy server needs to
// write them.
const queueSize = 4 << 20

// entrySize is what a record takes in the queue besides its text.
const entrySize = 64

// queue is where records wait for the goroutine that writes them. Goroutines
// may share it.
type queue struct {
	mu      sync.Mutex
	waiting batch
	outlets []*outlet     // to write to from now on; nil: those of before
	closed  bool          // nothing is taken any more
	ready   chan struct{} // has an element when there is something to take
}

// batch is a series of records, one behind the other in one buffer.
type batch struct {
	text    []byte
	entries []entry
	dropped int // how many found no room
}

// entry is a record of a batch.
type entry struct {
	time         time.Time
	level        slog.Level
	kind         *Kind // nil: not in the table
	line, fields int   // lengths of its two texts
}

func newQueue() *queue { return &queue{ready: make(chan struct{}, 1)} }

// put adds a record, or counts it as lost if there is no room for it. It never
// waits for anything slow.
func (q *queue) put(e entry, line, fields []byte) {
	q.mu.Lock()
	defer q.mu.Unlock()
	if q.closed {
		return
	}
	size := len(q.waiting.text) + len(line) + len(fields) + entrySize*(len(q.waiting.entries)+1)
	if size > room(e.level) {
		q.waiting.dropped++
		return
	}
	e.line, e.fields = len(line), len(fields)
	q.waiting.text = append(append(q.waiting.text, line...), fields...)
	q.waiting.entries = append(q.waiting.entries, e)
	q.wake()
}

// room returns how full the queue may be for a record of this level: what is
// of little use must not be the reason why something important is lost.
func room(level slog.Level) int {
	switch {
	case level < slog.LevelInfo:
		return queueSize / 2
	case level < slog.LevelWarn:
		return queueSize / 4 * 3
	}
	return queueSize
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
	return b, outlets, q.closed
}

// close makes the queue take no more.
func (q *queue) close() {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.closed = true
	q.wake()
}

// reset returns the batch without its records. The room that a time of much
// work needed is given back.
func (b batch) reset() batch {
	if cap(b.text) > 256<<10 || cap(b.entries) > 4096 {
		return batch{}
	}
	return batch{text: b.text[:0], entries: b.entries[:0]}
}
