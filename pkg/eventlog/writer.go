package eventlog

import (
	"errors"
	"io"
	"log/slog"
	"os"
	"slices"
	"sync/atomic"
	"time"
)

// A place that takes nothing is tried again while nothing happens: soon at
// first, then less often, for a machine may have no syslog at all.
const (
	retellFirst = time.Second
	retellLast  = time.Minute
)

// event is a record as a sink gets it. The texts are valid until write returns.
type event struct {
	entry
	line   []byte // the event and its facts as text
	fields []byte // the facts as fields of the journal; empty without journal
}

// sink is a place for events. Only the writer's goroutine uses it.
type sink interface {
	// write writes an event, or returns an error if it is lost.
	write(e *event) error
	io.Closer
}

// outlet is a sink with the records that it has lost.
type outlet struct {
	name string
	sink
	lost losses
}

// writer writes what is in the queue, in a goroutine of its own, so that a log
// that stalls never makes a session wait.
type writer struct {
	*queue
	outlets []*outlet
	ending  atomic.Bool   // a place that takes nothing is not tried again
	hurried atomic.Bool   // records that come in masses are not written any more
	givenUp atomic.Bool   // nothing is written any more
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

// await waits for something to take. Meanwhile it tells the places that have
// lost records.
func (w *writer) await() {
	for pause := retellFirst; w.isBehind(); pause = min(2*pause, retellLast) {
		t := time.NewTimer(pause)
		select {
		case <-w.ready:
			t.Stop()
			return
		case <-t.C:
			w.tell()
		}
	}
	<-w.ready
}

// write writes a batch, and tells each place what it has lost.
func (w *writer) write(b batch) {
	for e := range b.all() {
		if e.class().mass && w.hurried.Load() {
			b.lost.add(e.session, 1)
			continue
		}
		for _, o := range w.outlets {
			w.deliver(o, e)
		}
	}
	for _, o := range w.outlets {
		o.lost.join(b.lost)
	}
	w.tell()
}

// deliver writes an event, after what must be said of those before.
func (w *writer) deliver(o *outlet, e *event) {
	if !w.tellOne(o) || w.send(o, e) != nil {
		o.lost.add(e.session, 1)
	}
}

var errGivenUp = errors.New("eventlog: closed")

// send writes an event. A place that takes nothing for a while is tried again:
// the queue is there to bridge that.
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

func (w *writer) tell() {
	for _, o := range w.outlets {
		w.tellOne(o)
	}
}

// tellOne says how many records of each session were lost, if any were, and
// reports whether the place knows of all.
func (w *writer) tellOne(o *outlet) bool {
	for session, n := range o.lost.each() {
		if w.send(o, droppedEvent(session, n)) != nil {
			return false
		}
		delete(o.lost, session)
	}
	return true
}

// droppedEvent returns the event of n lost records of a session, or with "" of
// others.
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

func (w *writer) isBehind() bool {
	return slices.ContainsFunc(w.outlets, func(o *outlet) bool { return len(o.lost) > 0 })
}

// change goes on with other outlets. What one of the same name has not yet said
// that it lost is theirs to say.
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
		_ = o.Close() // All that it was given has been written, or counted.
	}
}
