package eventlog

import (
	"log/slog"
	"slices"
	"time"
)

// slowEvery is how often slowness is reported.
const slowEvery = time.Minute

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
	records := slog.Int("records", n)
	if session != "" {
		return ownEvent("log records lost", slog.String("session", session), records)
	}
	return ownEvent("log records lost", records)
}

// reportSlowness reports how many vital records have waited, if any have and the last
// report is old enough. now has it reported at once.
func (w *writer) reportSlowness(now bool) {
	if w.slow.records == 0 || !now && time.Since(w.slowAt) < slowEvery {
		return
	}
	e := ownEvent("log slow", slog.Int("count", w.slow.records), slog.Duration("duration", w.slow.longest.Round(time.Microsecond)))
	w.slow, w.slowAt = slowness{}, time.Now()
	for _, o := range w.outlets {
		w.deliver(o, e)
	}
}

// ownEvent returns an event about the log itself.
func ownEvent(name string, attrs ...slog.Attr) *event {
	r := slog.NewRecord(time.Now(), slog.LevelWarn, name, 0)
	r.AddAttrs(attrs...)
	var s scratch
	s.encode(&r, nil, true)
	e := entry{time: r.Time, level: r.Level, kind: kindOf[r.Message], session: s.session}
	return &event{entry: e, line: s.line, fields: s.fields}
}

func (w *writer) hasLosses() bool {
	return slices.ContainsFunc(w.outlets, func(o *outlet) bool { return len(o.lost) > 0 })
}
