package eventlog

import (
	"slices"
	"time"
)

// A busy server logs thousands of records in a second. The writer takes those of
// gatherTime at once, so that it is not woken for each of them. The first record
// after a pause is written immediately.
const gatherTime = time.Millisecond

// mostTogether is how many octets of lines are written at once: a pipe takes so many
// without those of another process between them (pipe(7), PIPE_BUF).
const mostTogether = 4096

// aroundLine is more than what stands around the text of an event in its line.
const aroundLine = 64

// gather waits for more records if the last ones were taken a moment ago.
func (w *writer) gather() {
	now := time.Now()
	if now.Sub(w.took) < 2*gatherTime {
		time.Sleep(gatherTime)
		now = now.Add(gatherTime)
	}
	w.took = now
}

// lineSink is a sink that can write several events with one call.
type lineSink interface {
	sink
	// appendLine appends the line of an event.
	appendLine(b []byte, e *event) []byte
	// writeLines writes lines. After an error n octets of them were written.
	writeLines(lines []byte) (n int, err error)
}

// lines are events that wait to be written together.
type lines struct {
	text   []byte
	events []event // with texts that are valid until the next batch
	ends   []int   // where the line of each event ends
}

// passAll passes an event to all outlets.
func (w *writer) passAll(e *event) {
	for _, o := range w.outlets {
		w.pass(o, e)
	}
}

// pass gathers an event if the outlet writes lines, and delivers it otherwise. An outlet
// that has failed gets one event at a time.
func (w *writer) pass(o *outlet, e *event) {
	to, ok := o.sink.(lineSink)
	if !ok || len(o.lost) > 0 || !o.failing.IsZero() {
		w.writeGathered(o)
		w.deliver(o, e)
		return
	}
	e = o.summary(e)
	g := &o.gathered
	if len(g.text)+len(e.line)+aroundLine > mostTogether {
		w.writeGathered(o)
	}
	g.text = to.appendLine(g.text, e)
	g.events, g.ends = append(g.events, *e), append(g.ends, len(g.text))
}

// writeGathered writes the events that an outlet has gathered. Those that were not
// written completely are delivered one by one.
func (w *writer) writeGathered(o *outlet) {
	g := &o.gathered
	if len(g.events) == 0 {
		return
	}
	n, err := 0, errGivenUp
	if !w.givenUp.Load() {
		n, err = o.sink.(lineSink).writeLines(g.text)
	}
	written := len(g.events)
	if err != nil {
		written, _ = slices.BinarySearch(g.ends, n+1)
	}
	w.written.Add(int64(written))
	o.works = o.works || written > 0
	for i := range g.events[written:] {
		w.deliver(o, &g.events[written+i])
	}
	clear(g.events)
	*g = lines{g.text[:0], g.events[:0], g.ends[:0]}
}

// gathers reports whether an event waits to be written.
func (w *writer) gathers() bool {
	return slices.ContainsFunc(w.outlets, func(o *outlet) bool { return len(o.gathered.events) > 0 })
}
