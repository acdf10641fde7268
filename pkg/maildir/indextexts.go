package maildir

import (
	"hash/maphash"
	"math/bits"
)

// textSet is the UIDLs of a listed, to look one up. It allocates once.
type textSet struct {
	list  *listed
	slots []uint32 // 1 + index of a row; 0 is free
	seed  maphash.Seed
}

// newTextSet returns the set of all UIDLs of l, and whether no two are the same
// and each is legal.
func newTextSet(l *listed, legal func(string) bool) (*textSet, bool) {
	s := &textSet{list: l, slots: make([]uint32, 1<<bits.Len(uint(2*len(l.rows)))), seed: maphash.MakeSeed()}
	for i, row := range l.rows {
		text := l.uidl(row)
		if text == "" {
			continue
		}
		at, found := s.find(text)
		if found || !legal(text) {
			return nil, false
		}
		s.slots[at] = uint32(i) + 1
	}
	return s, true
}

// find returns the slot of a text, or the one in which it would be.
func (s *textSet) find(text string) (at uint64, found bool) {
	mask := uint64(len(s.slots) - 1)
	at = maphash.String(s.seed, text) & mask
	for s.slots[at] != 0 {
		if s.list.uidl(s.list.rows[s.slots[at]-1]) == text {
			return at, true
		}
		at = (at + 1) & mask
	}
	return at, false
}

func (s *textSet) has(text string) bool {
	_, found := s.find(text)
	return found
}
