package maildir

import (
	"bytes"
	"cmp"
	"sort"
	"time"

	"golang.org/x/sys/unix"
)

// table is the message files of a Maildir at one moment, in their order. It is
// not changed once it is built. It holds no pointer per message, so that many
// large ones cost the garbage collector nothing.
type table struct {
	names string // all names, one after the other
	files []file
	twins []identity // of the files that share their unique name with another
	dirs  [len(subNames)]dirState
}

// file is a row of a table.
type file struct {
	number uint64 // leading number of the name
	start  uint32 // of the name in table.names
	twin   uint32 // 1 + index in table.twins, 0 if there is no other
	length uint16 // of the name
	unique uint16 // length of the unique name
	sub    uint8  // inNew or inCur
}

// identity tells files with the same unique name apart.
type identity struct {
	dev, ino      uint64
	octets, mtime int64 // mtime in seconds, which copies and backups preserve
}

func identityOf(stat unix.Stat_t) identity {
	return identity{uint64(stat.Dev), uint64(stat.Ino), stat.Size, int64(stat.Mtim.Sec)}
}

// looksLike reports whether the two are equal in what every copy preserves.
func (id identity) looksLike(other identity) bool {
	return id.mtime == other.mtime && id.octets == other.octets
}

// compare orders identities so that those that look alike are side by side.
func (id identity) compare(other identity) int {
	return cmp.Or(
		cmp.Compare(id.mtime, other.mtime), cmp.Compare(id.octets, other.octets),
		cmp.Compare(id.ino, other.ino), cmp.Compare(id.dev, other.dev),
	)
}

func (t *table) name(f file) string   { return t.names[f.start:][:f.length] }
func (t *table) unique(f file) string { return t.names[f.start:][:f.unique] }

// identity returns what the file was when it was scanned, and whether that is
// known.
func (t *table) identity(f file) (identity, bool) {
	if f.twin == 0 {
		return identity{}, false
	}
	return t.twins[f.twin-1], true
}

// compare orders the files of a table: as compareUnique, and files with the
// same unique name by their identities, the oldest first, so that neither
// flags nor moves change the order. Only where these are not known yet, or
// cannot be had, the names decide.
func (t *table) compare(a, b file) int {
	if c := compareUnique(a.number, t.unique(a), b.number, t.unique(b)); c != 0 {
		return c
	}
	idA, _ := t.identity(a)
	idB, _ := t.identity(b)
	return cmp.Or(idA.compare(idB), cmp.Compare(b.sub, a.sub), cmp.Compare(t.name(a), t.name(b)))
}

// isTwin reports whether another file has the unique name of file i.
func (t *table) isTwin(i int) bool { return t.areTwins(i, i-1) || t.areTwins(i, i+1) }

// isTied reports whether another file has the unique name of file i and looks
// the same.
func (t *table) isTied(i int) bool { return t.areTied(i, i-1) || t.areTied(i, i+1) }

func (t *table) areTwins(i, j int) bool {
	return j >= 0 && j < len(t.files) && t.unique(t.files[i]) == t.unique(t.files[j])
}

func (t *table) areTied(i, j int) bool {
	if !t.areTwins(i, j) {
		return false
	}
	a, _ := t.identity(t.files[i])
	b, _ := t.identity(t.files[j])
	return a.looksLike(b)
}

// find returns the files with the given unique name: all from first, below end.
func (t *table) find(unique string) (first, end int) {
	number := leadingNumber(unique)
	first = sort.Search(len(t.files), func(i int) bool {
		return compareUnique(t.files[i].number, t.unique(t.files[i]), number, unique) >= 0
	})
	return first, t.runEnd(first, unique)
}

// runEnd returns the index after the last of the files from first on that have
// the given unique name.
func (t *table) runEnd(first int, unique string) int {
	end := first
	for end < len(t.files) && t.unique(t.files[end]) == unique {
		end++
	}
	return end
}

// granularity is the coarsest clock of the file systems that Maildirs lie on
// (FAT has 2 s, old ones of Linux 1 s).
const granularity = 2 * time.Second

// dirState is what tells whether a directory was changed since it was read.
// The zero value is a directory that is missing.
type dirState struct {
	dev, ino  uint64
	mtime     time.Time
	unsettled bool // changed so lately that another change may not show
}

// stateOf returns the state of a directory of which stat was asked at the
// time now.
func stateOf(stat unix.Stat_t, now time.Time) dirState {
	mtime := time.Unix(stat.Mtim.Unix())
	return dirState{uint64(stat.Dev), uint64(stat.Ino), mtime, now.Sub(mtime) <= granularity}
}

// same reports whether the directory shows no change between the two.
func (s dirState) same(later dirState) bool {
	return s.dev == later.dev && s.ino == later.ino && s.mtime.Equal(later.mtime)
}

// valid reports whether what was read when the directory had the state s is
// what it holds in the state later.
func (s dirState) valid(later dirState) bool { return !s.unsettled && s.same(later) }

// isHidden reports whether no message may have the name: ".", ".." and what
// other programs keep beside the messages.
func isHidden(name []byte) bool { return bytes.HasPrefix(name, []byte(".")) || len(name) == 0 }
