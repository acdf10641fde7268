package workers

import (
	"time"

	"tpops/pkg/pop3"
	"tpops/pkg/trace"
	"tpops/pkg/workers/board"
)

// traceInterval is how often the parent reads the lines of its children.
const traceInterval = 50 * time.Millisecond

// observe passes the dialogues of a server to an observer, and to a recorder with so many
// octets.
func observe(s *pop3.Server, o pop3.Observer, octets int) {
	s.Observer = o
	if octets > 0 {
		s.Recorder = trace.NewRecorder(octets)
	}
}

// Trace implements Model.
func (t *thread) Trace(f trace.Filter) *trace.Trace { return t.dialogues.Begin(f) }

// Trace implements Model.
func (m *parent) Trace(f trace.Filter) *trace.Trace {
	m.do(m.takeAllLines) // What is left of an earlier trace is not for this one.
	t := m.dialogues.Begin(f)
	m.do(m.observeChildren)
	go m.follow(t)
	return t
}

// follow reads the lines of the children until the trace ends.
func (m *parent) follow(t *trace.Trace) {
	tick := time.NewTicker(traceInterval)
	defer tick.Stop()
	defer m.do(m.observeChildren)
	for {
		select {
		case <-tick.C:
			m.do(m.takeAllLines)
		case <-t.Ended():
			return
		case <-m.stopped:
			return
		}
	}
}

// observeChildren has the children write their dialogues while there are traces.
func (m *parent) observeChildren() {
	for _, shown := range m.boards {
		shown.Observe(m.dialogues.Wants())
	}
}

// takeAllLines passes the lines of all children to the traces.
func (m *parent) takeAllLines() {
	for _, shown := range m.boards {
		m.takeLines(shown)
	}
}

// takeLines passes the lines of a child to the traces.
func (m *parent) takeLines(shown *board.Board) {
	if lost := shown.Lines(m.dialogues.Line); lost > 0 {
		m.dialogues.Lost(lost)
	}
}
