package maildir

import (
	"errors"
	"iter"
	"os"
	"slices"
	"time"

	"golang.org/x/sys/unix"
)

// The file in the Maildir that contains the index, and its name while it is
// written. Both lie beside tpops_uidl and tpops_lock: programs that know
// Maildirs only look at new, cur, tmp and names that begin with a dot.
const (
	indexName    = "tpops_index"
	indexNewName = "tpops_index.new"
)

// maxIndexed is how many octets an index may have, enough for more than a
// million messages. A larger mailbox has none.
const maxIndexed = 128 << 20

// minIndexed is how many messages an index needs to be worth its file. With
// fewer, reading the directories costs about as much as reading an index, and
// users who fetch and delete everything would have one written at each login.
const minIndexed = 32

// staleAfter is how long a file that is being written is left alone. It is
// written within moments, or its writer was killed.
const staleAfter = time.Minute

// encodeIndex returns an index of all files of a table.
func encodeIndex(t *table, settings uint32, dirs states) []byte {
	files := t.files
	if len(t.copies) > 0 {
		files = slices.Concat(t.files, t.copies)
	}
	if len(t.twins) > 0 {
		// The order of the directories, without what is known of twins.
		files = slices.Clone(files)
		for i := range files {
			files[i].twin = 0
		}
		slices.SortFunc(files, t.compare)
	}
	var l *listed
	if t.isPlain() {
		l = t.listed
	}
	w := newBlock(indexHead{settings: settings, dirs: dirs}, l, t.totals, len(files), len(t.names))
	for i, f := range files {
		w.add(change{file: f, row: l.row(i)}, t.name(f))
	}
	return w.block()
}

// encodeChanges returns a block that turns an index of old into one of t, to be
// appended to file. There is none if files share a unique name, if the UIDLs are
// from another rule or filter, or if there are so many changes that all is better
// written again.
func encodeChanges(old, t *table, file indexFile, settings uint32, dirs states) (block []byte, count int) {
	if file.changes >= maxChanges || !old.isPlain() || !t.isPlain() || !t.listed.continues(old.listed) {
		return nil, 0
	}
	w := newBlock(indexHead{settings: settings, later: true, previous: file.sum, dirs: dirs}, t.listed, t.totals, 0, 0)
	for c, name := range changes(old, t) {
		if name == "" || file.changes+w.count+1 >= maxChanges {
			return nil, 0
		}
		w.add(c, name)
	}
	return w.block(), w.count
}

// isPlain reports whether no two files share their unique name.
func (t *table) isPlain() bool { return len(t.copies) == 0 && !t.hasTwins() }

// changes yields what turns old into t, in order: a file of t, or a file of old
// that is gone, and the name of its record.
func changes(old, t *table) iter.Seq2[change, string] {
	return func(yield func(change, string) bool) {
		for i, k := 0, 0; i < len(t.files) || k < len(old.files); {
			c := compareHeads(t, i, old, k)
			switch {
			case c > 0:
				if !yield(change{file: old.files[k], gone: true}, old.unique(old.files[k])) {
					return
				}
			case c < 0 || !sameRecord(t, i, old, k):
				if !yield(change{file: t.files[i], row: t.listed.row(i)}, t.name(t.files[i])) {
					return
				}
			}
			if c <= 0 {
				i++
			}
			if c >= 0 {
				k++
			}
		}
	}
}

// compareHeads compares message i of t with message k of old. What is at its
// end comes after all others.
func compareHeads(t *table, i int, old *table, k int) int {
	switch {
	case k == len(old.files):
		return -1
	case i == len(t.files):
		return 1
	}
	return compareUnique(t.unique(t.files[i]), old.unique(old.files[k]))
}

// sameRecord reports whether file i of t and file k of old have the same record.
func sameRecord(t *table, i int, old *table, k int) bool {
	f, g := t.files[i], old.files[k]
	a, b := t.listed.row(i), old.listed.row(k)
	if a.code != b.code || a.place != b.place || t.listed.uidl(a) != old.listed.uidl(b) {
		return false
	}
	return f.octets == g.octets && f.inode == g.inode && f.print == g.print && f.sub == g.sub && f.form == g.form && t.name(f) == old.name(g)
}

// replaceIndex writes an index under another name, and renames it. It is not
// synced: what a crash leaves has another checksum, or other states than the
// directories. An index that cannot be written is no error for a login.
func replaceIndex(dir int, buf []byte) (indexFile, error) {
	fd, err := openAt(dir, indexNewName, unix.O_WRONLY|unix.O_CREAT|unix.O_EXCL, 0o600)
	if err != nil {
		removeStale(dir)
		return indexFile{}, err
	}
	file := os.NewFile(uintptr(fd), indexNewName)
	defer file.Close()
	_, err = file.Write(buf)
	var stat unix.Stat_t
	if err == nil {
		err = unix.Fstat(fd, &stat)
	}
	if err == nil {
		err = unix.Renameat(dir, indexNewName, dir, indexName)
	}
	if err != nil {
		_ = unix.Unlinkat(dir, indexNewName, 0)
		return indexFile{}, err
	}
	return indexFile{dev: uint64(stat.Dev), ino: stat.Ino, size: int64(len(buf)), sum: sumOf(buf)}, nil
}

// removeStale removes what a session that was killed left.
func removeStale(dir int) {
	stat, err := statAt(dir, indexNewName)
	if err == nil && time.Since(time.Unix(stat.Ctim.Unix())) > staleAfter {
		_ = unix.Unlinkat(dir, indexNewName, 0)
	}
}

// appendIndex appends a block with count records to the index in file, if that
// is still what it was. If only a part is written, or two sessions append at
// once, the checksums show it.
func appendIndex(dir int, file indexFile, block []byte, count int) (indexFile, error) {
	fd, stat, err := openRegular(dir, indexName, unix.O_WRONLY|unix.O_APPEND)
	if err != nil {
		return indexFile{}, errIndexChanged // It was removed, or replaced by something else.
	}
	f := os.NewFile(uintptr(fd), indexName)
	defer f.Close()
	if uint64(stat.Dev) != file.dev || stat.Ino != file.ino || stat.Size != file.size || stat.Nlink != 1 {
		return indexFile{}, errIndexChanged
	}
	if _, err := f.Write(block); err != nil {
		return indexFile{}, err
	}
	file.size += int64(len(block))
	file.sum = sumOf(block)
	file.changes += 1 + count
	return file, nil
}

// errIndexChanged means that another session has written the index.
var errIndexChanged = errors.New("another session has written the index")
