package maildir

import (
	"cmp"
	"math"
	"slices"
)

// sortKey is the place of a file as far as the leading number of its name shows
// it. Nearly all files of a mailbox have numbers of their own, and numbers are
// compared much faster than names.
type sortKey struct {
	number uint64
	index  uint32 // of the file
}

// sorted returns the files in the order of t.compare, in a slice of their own.
func (t *table) sorted(files []file) []file {
	keys := make([]sortKey, len(files))
	for i, f := range files {
		keys[i] = sortKey{leading(t.unique(f)), uint32(i)}
	}
	slices.SortFunc(keys, func(a, b sortKey) int {
		if a.number != b.number {
			return cmp.Compare(a.number, b.number)
		}
		return t.compare(files[a.index], files[b.index])
	})
	inOrder := make([]file, len(files))
	for i, key := range keys {
		inOrder[i] = files[key.index]
	}
	return inOrder
}

// leading returns the number that a name begins with, or the largest that fits
// if it is larger. compareUnique never puts a name before another whose number
// is less.
func leading(name string) uint64 {
	number := uint64(0)
	for i := range digits(name) {
		digit := uint64(name[i] - '0')
		if number > (math.MaxUint64-digit)/10 {
			return math.MaxUint64
		}
		number = number*10 + digit
	}
	return number
}
