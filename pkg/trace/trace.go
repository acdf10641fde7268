package trace

import (
	"net/netip"
	"strings"

	"tpops/pkg/pop3"
)

const (
	// maxWaiting bounds the lines that wait for the operator.
	maxWaiting = 1024
	// maxSessions bounds the sessions without a user whose lines are kept.
	maxSessions = 256
	// maxBefore bounds the lines of each.
	maxBefore = 16
)

// Filter selects lines by the login name or the address. One of the two is set.
type Filter struct {
	User   string                // case does not matter
	Client func(netip.Addr) bool // reports whether an address is selected
}

// Line is a line that a filter selects.
type Line struct {
	pop3.DialogueLine
	Lost int64 // lines that are missing before this one
}

// Trace is the lines that a filter selects.
type Trace struct {
	filter Filter
	hub    *Hub
	lines  chan Line
	ended  chan struct{}

	// Guarded by the hub:
	lost   int64               // lines that are missing after those that wait
	before map[string]*opening // of sessions that have no user yet
}

// opening is the first lines of a session, as many as are kept.
type opening struct {
	lines []pop3.DialogueLine
	lost  int64 // lines before them
}

// Lines returns the channel of lines. Close closes it after the lines that wait.
func (t *Trace) Lines() <-chan Line { return t.lines }

// Lost returns how many lines are missing after the last one. It is complete after Close.
func (t *Trace) Lost() int64 {
	t.hub.mu.Lock()
	defer t.hub.mu.Unlock()
	return t.lost
}

// Ended returns a channel that Close closes.
func (t *Trace) Ended() <-chan struct{} { return t.ended }

// Close ends the trace. It may be called again.
func (t *Trace) Close() {
	if collect := t.hub.Collect; collect != nil {
		collect()
	}
	t.hub.end(t)
}

// take takes a line if the filter selects it. Lines before the client has given a name
// are kept until it does.
func (t *Trace) take(l *pop3.DialogueLine) {
	switch {
	case t.filter.Client != nil:
		if t.filter.Client(l.Peer.Addr()) {
			t.put(l)
		}
	case strings.EqualFold(l.User, t.filter.User):
		t.putOpening(l.Session)
		t.put(l)
	case l.User == "" && !l.Last:
		t.keep(l)
	default:
		delete(t.before, l.Session)
	}
}

// putOpening passes what was kept of a session.
func (t *Trace) putOpening(session string) {
	kept := t.before[session]
	if kept == nil {
		return
	}
	delete(t.before, session)
	t.lost += kept.lost
	for i := range kept.lines {
		t.put(&kept.lines[i])
	}
}

// put passes a line to the operator, or counts it as lost.
func (t *Trace) put(l *pop3.DialogueLine) {
	select {
	case t.lines <- Line{*l, t.lost}:
		t.lost = 0
	default:
		t.lost++
	}
}

// keep keeps a line of a session without a user.
func (t *Trace) keep(l *pop3.DialogueLine) {
	kept := t.before[l.Session]
	if kept == nil {
		if len(t.before) >= maxSessions {
			for any := range t.before {
				delete(t.before, any)
				break
			}
		}
		kept = &opening{}
		t.before[l.Session] = kept
	}
	if len(kept.lines) >= maxBefore {
		kept.lines = append(kept.lines[:0:0], kept.lines[1:]...)
		kept.lost++
	}
	kept.lines = append(kept.lines, *l)
}
