package maildir

import (
	"bytes"
	"cmp"
	"sort"
	"strings"

	"golang.org/x/sys/unix"
)

// table is the messages of a Maildir at one moment, in their order. It is not
// changed once it is built. It holds no pointer per message, so that many
// large ones cost the garbage collector nothing.
type table struct {
	names  string // all names, one after the other
	files  []file // one of each message
	copies []file // the other files of messages that have several, in the order of compareContent
	twins  []identity
	dirs   states
	listed *listed // what the file of the rule has for files; nil if that is not known
	totals *totals // of the listing, if the index is to have them
	plain  bool    // no two files share their unique name; false also if that is not known
	rough  bool    // a size may be wrong, since its message could not be read
}

// file is a row of a table. A process keeps millions of them, so it has 32
// octets.
type file struct {
	octets int64  // size of the message on the wire, unmeasured if not known yet
	start  uint32 // of the name in table.names
	twin   uint32 // 1 + index in table.twins, 0 if no other file has the unique name
	inode  uint32 // inodeMark of the file, 0 if not known
	print  uint32 // contentMark of the file that was measured, 0 if none was
	length uint16 // of the name
	unique uint16 // length of the unique name
	sub    uint8  // inNew or inCur
	form   form   // of the file that was measured
}

// unmeasured is the size of a message that is not known yet.
const unmeasured = -1

func (f file) isUnmeasured() bool { return f.octets == unmeasured }

// newFile returns the row of a name that starts at start in table.names.
func newFile[T string | []byte](name T, start int, sub uint8) file {
	return file{
		octets: unmeasured, start: uint32(start), sub: sub,
		length: uint16(len(name)), unique: uint16(uniqueLen(name)),
	}
}

// identity tells files with the same unique name apart.
type identity struct {
	dev, ino      uint64
	octets, mtime int64  // mtime in seconds, which copies and backups preserve
	sum           digest // of the content; zero if all are one inode
}

func identityOf(stat unix.Stat_t) identity {
	return identity{dev: uint64(stat.Dev), ino: uint64(stat.Ino), octets: stat.Size, mtime: int64(stat.Mtim.Sec)}
}

// isFile reports whether the two are of one file, by whatever name.
func (id identity) isFile(other identity) bool { return id.withoutSum() == other.withoutSum() }

// withoutSum returns what all names of the file have in common.
func (id identity) withoutSum() identity {
	id.sum = digest{}
	return id
}

func (t *table) name(f file) string   { return t.names[f.start:][:f.length] }
func (t *table) unique(f file) string { return t.names[f.start:][:f.unique] }

// info returns the part of the name that has the flags.
func (t *table) info(f file) string { return t.names[f.start+uint32(f.unique):][:f.length-f.unique] }

// identity returns what the file was when it was scanned, and whether that is
// known.
func (t *table) identity(f file) (identity, bool) {
	if f.twin == 0 {
		return identity{}, false
	}
	return t.twins[f.twin-1], true
}

// compare orders the files of a table: as compareUnique, and files with the
// same unique name by their contents, so that neither flags nor moves nor a
// backup change the order. Those of one message come with the one first that
// stands for it: one that was seen, one in cur. Only where the contents are
// not known yet, or cannot be had, the names decide.
func (t *table) compare(a, b file) int {
	if c := t.compareContent(a, b); c != 0 {
		return c
	}
	if seen := isSeen(t.name(a)); a.twin != 0 && seen != isSeen(t.name(b)) {
		if seen {
			return -1
		}
		return 1
	}
	return cmp.Or(cmp.Compare(b.sub, a.sub), strings.Compare(t.name(a), t.name(b)))
}

// compareContent compares unique names, then contents. That of a file without an identity
// comes first.
func (t *table) compareContent(a, b file) int {
	if c := compareUnique(t.unique(a), t.unique(b)); c != 0 {
		return c
	}
	idA, _ := t.identity(a)
	idB, _ := t.identity(b)
	return bytes.Compare(idA.sum[:], idB.sum[:])
}

// isTwin reports whether another message has the unique name of message i.
func (t *table) isTwin(i int) bool { return !t.plain && (t.areTwins(i, i-1) || t.areTwins(i, i+1)) }

func (t *table) areTwins(i, j int) bool {
	return j >= 0 && j < len(t.files) && t.unique(t.files[i]) == t.unique(t.files[j])
}

// members returns all files of message i, the one that stands for it first.
func (t *table) members(i int) []file {
	f := t.files[i]
	all := []file{f}
	if f.twin == 0 {
		return all
	}
	at := sort.Search(len(t.copies), func(k int) bool { return t.compareContent(t.copies[k], f) >= 0 })
	for ; at < len(t.copies) && t.compareContent(t.copies[at], f) == 0; at++ {
		all = append(all, t.copies[at])
	}
	return all
}

// find returns the messages with the given unique name: all from first, below
// end.
func (t *table) find(unique string) (first, end int) {
	first = sort.Search(len(t.files), func(i int) bool { return compareUnique(t.unique(t.files[i]), unique) >= 0 })
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

// isHidden reports whether no message may have the name: ".", ".." and what
// other programs keep beside the messages.
func isHidden[T string | []byte](name T) bool { return len(name) == 0 || name[0] == '.' }
