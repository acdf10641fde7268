package trace

import (
	"net/netip"
	"strings"
	"sync/atomic"

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

// Trace is the lines that a filter selects.
type Trace struct {
	filter Filter
	hub    *Hub
	lines  chan pop3.DialogueLine
	ended  chan struct{}
	lost   atomic.Int64
	before map[string][]pop3.DialogueLine // of sessions that have no user yet; guarded by the hub
}

// Lines returns the channel of lines. It is never closed.
func (t *Trace) Lines() <-chan pop3.DialogueLine { return t.lines }

// Lost returns how many lines were lost since the last call.
func (t *Trace) Lost() int64 { return t.lost.Swap(0) }

// Ended returns a channel that Close closes.
func (t *Trace) Ended() <-chan struct{} { return t.ended }

// Close ends the trace. It may be called again.
func (t *Trace) Close() { t.hub.end(t) }

// take takes a line if the filter selects it. Lines before the client has given a name
// are kept until it does.
func (t *Trace) take(l *pop3.DialogueLine) {
	switch {
	case t.filter.Client != nil:
		if t.filter.Client(l.Peer.Addr()) {
			t.put(l)
		}
	case strings.EqualFold(l.User, t.filter.User):
		for _, earlier := range t.before[l.Session] {
			t.put(&earlier)
		}
		delete(t.before, l.Session)
		t.put(l)
	case l.User == "" && !l.Last:
		t.keep(l)
	default:
		delete(t.before, l.Session)
	}
}

// put passes a line to the operator, or counts it as lost.
func (t *Trace) put(l *pop3.DialogueLine) {
	select {
	case t.lines <- *l:
	default:
		t.lost.Add(1)
	}
}

// keep keeps a line of a session without a user.
func (t *Trace) keep(l *pop3.DialogueLine) {
	kept, present := t.before[l.Session]
	if !present && len(t.before) >= maxSessions {
		for any := range t.before {
			delete(t.before, any)
			break
		}
	}
	if len(kept) >= maxBefore {
		kept = append(kept[:0:0], kept[1:]...)
	}
	t.before[l.Session] = append(kept, *l)
}
