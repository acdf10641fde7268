package maildir

import (
	"slices"
	"strings"

	"golang.org/x/sys/unix"
)

// inodeMark returns 32 bits of an inode number, which are never 0 unless the
// number is.
func inodeMark(ino uint64) uint32 {
	if ino == 0 {
		return 0
	}
	return max(uint32(ino)^uint32(ino>>32), 1)
}

// contentMark returns 32 bits that change if a file is written to: they are
// made of its size and its modification time, and never 0.
func contentMark(stat unix.Stat_t) uint32 {
	mark := uint64(stat.Size)
	for _, n := range [...]int64{int64(stat.Mtim.Sec), int64(stat.Mtim.Nsec)} {
		mark = (mark ^ mark>>29) * 0x9e3779b97f4a7c15
		mark ^= uint64(n)
	}
	mark = (mark ^ mark>>29) * 0x9e3779b97f4a7c15
	return max(uint32(mark>>32), 1)
}

// compact frees the room that is left from building t.
func (t *table) compact() {
	t.names = strings.Clone(t.names)
	if cap(t.files) > len(t.files) {
		t.files = slices.Clone(t.files)
	}
}

// inherit takes over the sizes of messages that old knows. A message is known
// by its unique name and its inode: a file that was put in the place of
// another is measured again.
func (t *table) inherit(old *table) {
	if old == nil {
		return
	}
	k := 0
	for i := range t.files {
		f := &t.files[i]
		unique := t.unique(*f)
		for k < len(old.files) && compareUnique(old.unique(old.files[k]), unique) < 0 {
			k++
		}
		if k == len(old.files) {
			return
		}
		if known := old.files[k]; old.unique(known) == unique && f.isOf(known) && !t.isTwin(i) && !old.isTwin(k) {
			f.octets, f.print = known.octets, known.print
		}
	}
}

// isOf reports whether known is the same file, and was measured.
func (f file) isOf(known file) bool {
	return known.print != 0 && f.inode != 0 && f.inode == known.inode
}
