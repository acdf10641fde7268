package eventlog

import (
	"errors"
	"os"
	"time"
)

// How long a sink that has worked may fail before its records are lost, such as during a
// restart of journald, and how long to wait between two writes.
const (
	failTime   = 10 * time.Second
	retryPause = 100 * time.Millisecond
)

// deliver writes an event, after a report of lost records before it. That a report fails
// while the log is being closed must not lose a vital record.
func (w *writer) deliver(o *outlet, e *event) {
	if !w.reportLossesTo(o) && !e.class().vital || w.send(o, o.summary(e)) != nil {
		o.lost.add(e.session, 1)
		o.countFor(e.session, 1)
		w.countLost(1)
	}
}

var errGivenUp = errors.New("eventlog: closed")

// send writes an event. It repeats a write that has failed for a while, because the
// queue has room for such a delay.
func (w *writer) send(o *outlet, e *event) error {
	for !w.givenUp.Load() {
		err := o.write(e)
		if err == nil {
			w.written.Add(1)
			o.works, o.failing = true, time.Time{}
			return nil
		}
		if !w.repeats(o, e, err) {
			return err
		}
	}
	return errGivenUp
}

// repeats reports whether to repeat a write that has failed, after a pause. Once the log
// is being closed, only vital records are repeated.
func (w *writer) repeats(o *outlet, e *event, err error) bool {
	if w.ending.Load() && !e.class().vital {
		return false
	}
	if errors.Is(err, os.ErrDeadlineExceeded) {
		return true // It has waited.
	}
	now := time.Now()
	if o.failing.IsZero() {
		o.failing = now
	}
	if !o.works || now.Sub(o.failing) >= failTime {
		o.works = false
		return false
	}
	time.Sleep(retryPause)
	return true
}
