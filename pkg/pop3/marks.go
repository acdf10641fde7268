package pop3

import (
	"encoding/binary"
	"errors"
	"iter"
	"math/bits"
)

// Marks is what one session has marked in a Listing: messages to delete and
// messages retrieved, by their numbers. Nothing is allocated before the first
// mark. The zero value has no mark. One goroutine at a time may use it.
type Marks struct{ sets *markSets } // nil without a mark: most sessions have none

type markSets struct{ deleted, seen bitset }

// all returns both sets, of which none may be changed.
func (m *Marks) all() markSets {
	if m.sets == nil {
		return markSets{}
	}
	return *m.sets
}

// own returns both sets to be changed.
func (m *Marks) own() *markSets {
	if m.sets == nil {
		m.sets = &markSets{}
	}
	return m.sets
}

// Delete marks message number n as deleted.
func (m *Marks) Delete(n int) { m.own().deleted.set(n) }

// See marks message number n as retrieved.
func (m *Marks) See(n int) { m.own().seen.set(n) }

// MarshalBinary returns the marks for another process. It never fails.
func (m *Marks) MarshalBinary() ([]byte, error) {
	var b []byte
	sets := m.all()
	for _, set := range []bitset{sets.deleted, sets.seen} {
		b = binary.AppendUvarint(b, uint64(len(set)))
		for _, word := range set {
			b = binary.BigEndian.AppendUint64(b, word)
		}
	}
	return b, nil
}

var errMarks = errors.New("pop3: malformed marks")

// UnmarshalBinary reads what MarshalBinary returned. The error is that b is
// anything else.
func (m *Marks) UnmarshalBinary(b []byte) error {
	var sets markSets
	for _, set := range []*bitset{&sets.deleted, &sets.seen} {
		n, size := binary.Uvarint(b)
		if size <= 0 || n > uint64(len(b)-size)/8 {
			return errMarks
		}
		b = b[size:]
		for range n {
			*set = append(*set, binary.BigEndian.Uint64(b))
			b = b[8:]
		}
	}
	if len(b) > 0 {
		return errMarks
	}
	if m.sets = nil; len(sets.deleted)+len(sets.seen) > 0 {
		m.sets = &sets
	}
	return nil
}

// IsEmpty reports whether no message is marked.
func (m *Marks) IsEmpty() bool { return m.highest() == 0 }

// Reset takes all marks back.
func (m *Marks) Reset() { *m = Marks{} }

// IsDeleted reports whether message number n is marked as deleted.
func (m *Marks) IsDeleted(n int) bool { return m.all().deleted.has(n) }

// IsSeen reports whether message number n is marked as retrieved.
func (m *Marks) IsSeen(n int) bool { return m.all().seen.has(n) }

// Deleted yields the numbers of the messages marked as deleted, in order.
func (m *Marks) Deleted() iter.Seq[int] { return m.all().deleted.all }

// Seen yields the numbers of the messages marked as retrieved, in order.
func (m *Marks) Seen() iter.Seq[int] { return m.all().seen.all }

// highest returns the highest number that is marked, 0 if there is none.
func (m *Marks) highest() int {
	sets := m.all()
	return max(sets.deleted.highest(), sets.seen.highest())
}

// bitset is a set of message numbers, one bit each.
type bitset []uint64

func (b *bitset) set(n int) {
	for len(*b) <= n/64 {
		*b = append(*b, 0)
	}
	(*b)[n/64] |= 1 << (n % 64)
}

// highest returns the highest number in b, 0 if it is empty: no message has it.
func (b bitset) highest() int {
	for i := len(b) - 1; i >= 0; i-- {
		if b[i] != 0 {
			return i*64 + bits.Len64(b[i]) - 1
		}
	}
	return 0
}

func (b bitset) has(n int) bool {
	return n/64 < len(b) && b[n/64]&(1<<(n%64)) != 0
}

func (b bitset) all(yield func(int) bool) {
	for i, word := range b {
		for ; word != 0; word &= word - 1 {
			if !yield(i*64 + bits.TrailingZeros64(word)) {
				return
			}
		}
	}
}
