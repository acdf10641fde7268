package eventlog

import (
	"iter"
	"maps"
	"slices"
)

// maxLosers bounds the sessions for which lost records are counted one by one.
const maxLosers = 64

// losses counts lost records by session. The records of no session, and those
// of sessions beyond maxLosers, are counted together under "".
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

// join adds all of other.
func (l *losses) join(other losses) {
	for session, n := range other.each() {
		l.add(session, n)
	}
}

// each yields the sessions in a fixed order with what they lost, "" last. It
// may be removed from l meanwhile.
func (l losses) each() iter.Seq2[string, int] {
	return func(yield func(string, int) bool) {
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
