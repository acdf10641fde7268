package maildir

import (
	"cmp"
	"math"
	"slices"
)

// order returns the indexes of the messages of t in their order, which is that of
// the lines of uidlFile if it says so. The messages that it does not list come
// after those that it lists, in the order of their names. nil stands for the order
// of t.
//
// The table itself stays in the order of names, by which a message is found.
func (g *givenUIDLs) order(t *table) []uint32 {
	if g == nil || !g.ordered {
		return nil
	}
	lines := make([]int, len(t.files))
	all := make([]uint32, len(t.files))
	for i := range t.files {
		all[i], lines[i] = uint32(i), math.MaxInt
		if given, ok := g.at(t, i); ok {
			lines[i] = given.line
		}
	}
	if slices.IsSorted(lines) {
		return nil
	}
	slices.SortStableFunc(all, func(a, b uint32) int { return cmp.Compare(lines[a], lines[b]) })
	return all
}

// index returns the index in files of message number n.
func (s *snapshot) index(n int) int {
	if s.order == nil {
		return n - 1
	}
	return int(s.order[n-1])
}

// number returns the number of the message with that index in files.
func (s *snapshot) number(i int) int {
	if s.order == nil {
		return i + 1
	}
	return slices.Index(s.order, uint32(i)) + 1
}

// numbers returns the number of each message, by its index.
func (s *snapshot) numbers() []int {
	all := make([]int, len(s.files))
	for n := 1; n <= len(all); n++ {
		all[s.index(n)] = n
	}
	return all
}
