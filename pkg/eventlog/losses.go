package eventlog

import (
	"iter"
	"maps"
	"slices"

	"tpops/pkg/pop3"
)

// maxLosers is the maximum number of sessions whose lost records are counted separately.
const maxLosers = 64

// losses counts lost records by session. The key "" has those without a session, and
// those of sessions above maxLosers.
type losses map[string]int

func (l *losses) add(session string, n int) {
	if *l == nil {
		*l = losses{}
	}
	if _, ok := (*l)[session]; !ok && len(*l) >= maxLosers {
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

// countLost counts lost records.
func (w *writer) countLost(n int) {
	if m := w.meter.Load(); m != nil {
		(*m).Count(pop3.FigureRecordsLost, "", int64(n))
	}
}
