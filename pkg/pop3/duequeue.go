package pop3

import "time"

// dueQueue orders spaces by the time when their sessions have to go on: a binary
// heap of their numbers. Each space knows its place, so that it can be removed.
// Times count from base, with the clock that no change of the date moves.
type dueQueue struct {
	base  time.Time
	order []int32
}

func (q *dueQueue) since(t time.Time) time.Duration { return t.Sub(q.base) }

func (q *dueQueue) push(spaces []space, i int32) {
	spaces[i].place = int32(len(q.order))
	q.order = append(q.order, i)
	q.up(spaces, spaces[i].place)
}

func (q *dueQueue) remove(spaces []space, i int32) {
	at, last := spaces[i].place, int32(len(q.order)-1)
	q.swap(spaces, at, last)
	q.order = q.order[:last]
	if at < last {
		q.down(spaces, at)
		q.up(spaces, at)
	}
}

func (q *dueQueue) up(spaces []space, at int32) {
	for at > 0 && q.less(spaces, at, (at-1)/2) {
		q.swap(spaces, at, (at-1)/2)
		at = (at - 1) / 2
	}
}

func (q *dueQueue) down(spaces []space, at int32) {
	for {
		first := 2*at + 1
		if first >= int32(len(q.order)) {
			return
		}
		if second := first + 1; second < int32(len(q.order)) && q.less(spaces, second, first) {
			first = second
		}
		if !q.less(spaces, first, at) {
			return
		}
		q.swap(spaces, at, first)
		at = first
	}
}

func (q *dueQueue) less(spaces []space, a, b int32) bool {
	return spaces[q.order[a]].due < spaces[q.order[b]].due
}

func (q *dueQueue) swap(spaces []space, a, b int32) {
	q.order[a], q.order[b] = q.order[b], q.order[a]
	spaces[q.order[a]].place, spaces[q.order[b]].place = a, b
}
