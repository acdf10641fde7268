package eventlog

import (
	"errors"
	"io"
	"log/slog"
	"os"
	"slices"
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
	lost losses
}

// writer writes the records in the queue, in a separate goroutine, so that a log that
// stalls never blocks a session.
type writer struct {
	*queue
	outlets []*outlet
	ending  atomic.Bool // a write that timed out is not repeated
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
		var next []*outlet
		var last bool
		b, next, last = w.take(b)
		if next != nil {
			w.change(next)
		}
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
	for e := range b.all() {
		if e.class().bulk && w.hurried.Load() {
			b.lost.add(e.session, 1)
			continue // It is counted below.
		}
		for _, o := range w.outlets {
			w.deliver(o, e)
		}
	}
	for _, o := range w.outlets {
		o.lost.join(b.lost)
	}
	for _, n := range b.lost {
		w.countLost(n)
	}
	w.reportLosses()
}

// deliver writes an event, after a report of lost records before it.
func (w *writer) deliver(o *outlet, e *event) {
	if !w.reportLossesTo(o) || w.send(o, e) != nil {
		o.lost.add(e.session, 1)
		w.countLost(1)
	}
}

var errGivenUp = errors.New("eventlog: closed")

// send writes an event. It repeats a write that timed out, because the queue has room
// for such a delay.
func (w *writer) send(o *outlet, e *event) error {
	for !w.givenUp.Load() {
		err := o.write(e)
		if err == nil {
			w.written.Add(1)
		}
		if !errors.Is(err, os.ErrDeadlineExceeded) || w.ending.Load() {
			return err
		}
	}
	return errGivenUp
}

func (w *writer) reportLosses() {
	for _, o := range w.outlets {
		w.reportLossesTo(o)
	}
}

// reportLossesTo reports the numbers of lost records of each session to a sink, and
// returns whether it succeeded.
func (w *writer) reportLossesTo(o *outlet) bool {
	for session, n := range o.lost.each() {
		if w.send(o, droppedEvent(session, n)) != nil {
			return false
		}
		delete(o.lost, session)
	}
	return true
}

// droppedEvent returns the event for n lost records of a session, or of other records if
// session is "".
func droppedEvent(session string, n int) *event {
	r := slog.NewRecord(time.Now(), slog.LevelWarn, "log records lost", 0)
	if session != "" {
		r.AddAttrs(slog.String("session", session))
	}
	r.AddAttrs(slog.Int("records", n))
	var s scratch
	s.encode(&r, nil, true)
	e := entry{time: r.Time, level: r.Level, kind: kindOf[r.Message], session: session}
	return &event{entry: e, line: s.line, fields: s.fields}
}

func (w *writer) hasLosses() bool {
	return slices.ContainsFunc(w.outlets, func(o *outlet) bool { return len(o.lost) > 0 })
}

// change switches to other outlets. An outlet with the same name as an old one inherits
// its lost records.
func (w *writer) change(next []*outlet) {
	for _, o := range next {
		for _, old := range w.outlets {
			if old.name == o.name {
				o.lost.join(old.lost)
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
