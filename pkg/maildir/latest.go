package maildir

import (
	"cmp"
	"slices"
)

// latest is what a later look at the Maildir has found.
type latest struct {
	*table
	run run // the one that was asked for last
}

// run is the files of all messages with one unique name. The owner of a Maildir may put
// any number of them there, so that to look at all for each of them takes hours.
type run struct {
	first, end int     // the messages; none at first
	owned      []owned // in the order of compareFile
	unknown    []int   // messages whose files have no identity
}

// owned is a file of the message with that index.
type owned struct {
	identity
	message int
}

// with returns the messages from first, below end, that have one of the files in ids, and
// those of which that is not known. All have the same unique name.
func (l *latest) with(ids []identity, first, end int) []int {
	if l.run.first != first || l.run.end != end {
		l.run = l.runOf(first, end)
	}
	found := slices.Clone(l.run.unknown)
	for _, id := range ids {
		at, _ := slices.BinarySearchFunc(l.run.owned, id, func(o owned, id identity) int { return o.compareFile(id) })
		for ; at < len(l.run.owned) && l.run.owned[at].isFile(id); at++ {
			found = append(found, l.run.owned[at].message)
		}
	}
	slices.Sort(found)
	return slices.Compact(found)
}

// runOf returns the run of the messages from first, below end.
func (t *table) runOf(first, end int) run {
	r := run{first: first, end: end}
	for k := first; k < end; k++ {
		ids := t.identities(t.members(k))
		if ids == nil {
			r.unknown = append(r.unknown, k) // Whether it is the one is looked at.
		}
		for _, id := range ids {
			r.owned = append(r.owned, owned{id, k})
		}
	}
	slices.SortFunc(r.owned, func(a, b owned) int { return a.compareFile(b.identity) })
	return r
}

// compareFile orders identities. It is 0 if isFile.
func (id identity) compareFile(other identity) int {
	return cmp.Or(cmp.Compare(id.ino, other.ino), cmp.Compare(id.dev, other.dev), cmp.Compare(id.octets, other.octets), cmp.Compare(id.mtime, other.mtime))
}
