// Package trace passes the dialogues of sessions to operators who trace a user or an
// address. Sessions never wait for an operator: a slow one loses lines.
package trace

import (
	"sync"
	"sync/atomic"

	"tpops/pkg/pop3"
)

// Hub passes lines to the present traces. It is a pop3.Observer. The zero value has no
// trace. Several goroutines may use it.
type Hub struct {
	// Collect, unless nil, passes lines to Line that wait elsewhere. A trace calls it before it
	// ends. It is set before the first trace.
	Collect func()

	wanted atomic.Int32 // traces
	mu     sync.Mutex
	traces map[*Trace]struct{}
}

// Wants reports whether there is a trace.
func (h *Hub) Wants() bool { return h.wanted.Load() > 0 }

// Line passes a line to the traces that select it.
func (h *Hub) Line(l *pop3.DialogueLine) {
	h.mu.Lock()
	defer h.mu.Unlock()
	for t := range h.traces {
		t.take(l)
	}
}

// Lost counts lines that were lost before they could be passed to Line.
func (h *Hub) Lost(lines int64) {
	h.mu.Lock()
	defer h.mu.Unlock()
	for t := range h.traces {
		t.lost += lines
	}
}

// Begin begins a trace. The caller closes it.
func (h *Hub) Begin(f Filter) *Trace {
	t := &Trace{
		filter: f, hub: h, lines: make(chan Line, maxWaiting), ended: make(chan struct{}),
		before: map[string]*opening{},
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.traces == nil {
		h.traces = map[*Trace]struct{}{}
	}
	h.traces[t] = struct{}{}
	h.wanted.Add(1)
	return t
}

// end ends a trace.
func (h *Hub) end(t *Trace) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if _, present := h.traces[t]; present {
		delete(h.traces, t)
		h.wanted.Add(-1)
		close(t.lines)
		close(t.ended)
	}
}
