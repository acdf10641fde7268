package eventlog

import (
	"iter"
	"maps"
	"slices"
	"strconv"

	"tpops/pkg/pop3"
	"tpops/pkg/sd"
)

// maxLosers is the maximum number of sessions whose lost records are reported separately.
// maxCounted is that of sessions whose lost records are counted for the record of their
// end.
const (
	maxLosers  = 64
	maxCounted = 16384
)

// losses counts lost records by session. The key "" has those without a session, and
// those of sessions above the maximum.
type losses map[string]int

func (l *losses) add(session string, n int) { l.addWithin(maxLosers, session, n) }

// addWithin is add with another maximum number of sessions.
func (l *losses) addWithin(most int, session string, n int) {
	if *l == nil {
		*l = losses{}
	}
	if _, ok := (*l)[session]; !ok && len(*l) >= most {
		session = ""
	}
	(*l)[session] += n
}

// join adds the numbers of other.
func (l *losses) join(other losses) {
	for session, n := range other.each() {
		l.add(session, n)
	}
}

// each yields the sessions in a fixed order with their numbers, "" last. The caller may
// remove the current session from l.
func (l losses) each() iter.Seq2[string, int] {
	return func(yield func(string, int) bool) {
		if len(l) == 0 {
			return // Nearly always. The writer asks for each record.
		}
		for _, session := range slices.Sorted(maps.Keys(l)) {
			if session != "" && !yield(session, l[session]) {
				return
			}
		}
		if n := l[""]; n > 0 {
			yield("", n)
		}
	}
}

// countFor counts n lost records of a session for the record of its end. If too many
// sessions are counted, one of them is forgotten: its end may have been lost, or is
// logged by another process.
func (o *outlet) countFor(session string, n int) {
	if session == "" {
		return
	}
	if o.unlogged == nil {
		o.unlogged = losses{}
	}
	if _, ok := o.unlogged[session]; !ok && len(o.unlogged) >= maxCounted {
		for other := range o.unlogged {
			delete(o.unlogged, other)
			break
		}
	}
	o.unlogged[session] += n
}

// summary returns the record of the end of a session with the number of its lost records,
// and forgets the number. Any other record is returned unchanged.
func (o *outlet) summary(e *event) *event {
	if len(o.unlogged) == 0 || e.kind == nil || e.kind.Event != string(pop3.EventEnd) {
		return e
	}
	n := o.unlogged[e.session]
	delete(o.unlogged, e.session)
	if n == 0 {
		return e
	}
	with := *e
	number := strconv.Itoa(n)
	with.line = append(slices.Clone(e.line), " unlogged="+number...)
	if len(e.fields) > 0 {
		with.fields = sd.AppendField(slices.Clone(e.fields), fieldName("unlogged"), number)
	}
	return &with
}

// countLost counts lost records.
func (w *writer) countLost(n int) {
	if m := w.meter.Load(); m != nil {
		(*m).Count(pop3.FigureRecordsLost, "", int64(n))
	}
}
