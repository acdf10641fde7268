package eventlog

import (
	"io"
	"sync/atomic"
	"time"

	"tpops/pkg/pop3"
)

// How often to try to report lost records while no event occurs: soon at first, then
// less often, because a machine may have no syslog.
const (
	lossReportFirst = time.Second
	lossReportLast  = time.Minute
)

// event is a record for a sink. The texts are valid until write returns.
type event struct {
	entry
	line   []byte // the event and its fields as text
	fields []byte // the fields of the journal; empty without journal
}

// sink is a destination for events. Only the writer's goroutine uses it.
type sink interface {
	// write writes an event, or returns an error if it is lost.
	write(e *event) error
	io.Closer
}

// outlet is a sink with the numbers of records that it has lost.
type outlet struct {
	name string
	sink
	lost     losses    // to be reported
	unlogged losses    // for the end of each session
	works    bool      // it has written a record, and has not failed for failTime since
	failing  time.Time // since when all writes have failed; zero after one that has not
	gathered lines     // not written yet
}

// writer writes the records in the queue, in a separate goroutine, so that a log that
// stalls delays sessions only while the queue is full, and for a limited time.
type writer struct {
	*queue
	outlets []*outlet
	slow    slowness    // to be reported
	slowAt  time.Time   // when slowness was reported last
	took    time.Time   // when records were taken last
	ending  atomic.Bool // a write that has failed is repeated only for a vital record
	hurried atomic.Bool // bulk records are not written any more
	givenUp atomic.Bool // nothing is written any more
	meter   atomic.Pointer[pop3.Meter]
	done    chan struct{} // closed when the goroutine has ended
}

func startWriter(outlets []*outlet) *writer {
	w := &writer{queue: newQueue(), outlets: outlets, done: make(chan struct{})}
	go w.run()
	return w
}

func (w *writer) run() {
	defer close(w.done)
	defer w.closeOutlets()
	var b batch
	for {
		w.await()
		w.gather()
		var next []*outlet
		var last bool
		b, next, last = w.take(b)
		if next != nil {
			w.change(next)
		}
		w.slow.join(b.slow)
		w.reportSlowness(last)
		w.write(b)
		if last {
			return
		}
	}
}

// await waits for something to take. Meanwhile it reports lost records to the sinks that
// have lost them.
func (w *writer) await() {
	for pause := lossReportFirst; w.hasLosses(); pause = min(2*pause, lossReportLast) {
		t := time.NewTimer(pause)
		select {
		case <-w.ready:
			t.Stop()
			return
		case <-t.C:
			w.reportLosses()
		}
	}
	<-w.ready
}

// write writes a batch and reports lost records.
func (w *writer) write(b batch) {
	for session, n := range b.lost {
		w.countFor(session, n)
	}
	vital := int64(0) // records that wait to be written
	for e := range b.all() {
		if e.class().bulk && w.hurried.Load() {
			w.countFor(e.session, 1)
			b.lost.addWithin(maxCounted, e.session, 1)
			continue // It is reported below.
		}
		if e.class().vital {
			vital++
		}
		if w.passAll(e); !w.gathers() {
			w.vital.Add(-vital)
			vital = 0
		}
	}
	for _, o := range w.outlets {
		w.writeGathered(o)
		o.lost.join(b.lost)
	}
	w.vital.Add(-vital)
	for _, n := range b.lost {
		w.countLost(n)
	}
	w.reportLosses()
}

// countFor counts lost records that no outlet gets, for the end of their session.
func (w *writer) countFor(session string, n int) {
	for _, o := range w.outlets {
		o.countFor(session, n)
	}
}

// change switches to other outlets. An outlet with the same name as an old one inherits
// its lost records.
func (w *writer) change(next []*outlet) {
	for _, o := range next {
		for _, old := range w.outlets {
			if old.name == o.name {
				o.lost.join(old.lost)
				o.unlogged = old.unlogged
			}
		}
	}
	w.closeOutlets()
	w.outlets = next
}

func (w *writer) closeOutlets() {
	for _, o := range w.outlets {
		_ = o.Close() // All its records are written, or counted as lost.
	}
}
