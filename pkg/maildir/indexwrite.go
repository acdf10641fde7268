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
	w := newBlock(indexHead{settings: settings, dirs: dirs}, len(files), len(t.names))
	for _, f := range files {
		w.add(f, t.name(f), false)
	}
	return w.block()
}

// encodeChanges returns a block that turns an index of old into one of t, to be
// appended to file. There is none if files share a unique name, or if there are
// so many changes that all is better written again.
func encodeChanges(old, t *table, file indexFile, settings uint32, dirs states) (block []byte, count int) {
	if file.changes >= maxChanges || !old.isPlain() || !t.isPlain() {
		return nil, 0
	}
	w := newBlock(indexHead{settings: settings, later: true, previous: file.sum, dirs: dirs}, 0, 0)
	for c, name := range changes(old, t) {
		if name == "" || file.changes+w.count+1 >= maxChanges {
			return nil, 0
		}
		w.add(c.file, name, c.gone)
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
				if !yield(change{old.files[k], true}, old.unique(old.files[k])) {
					return
				}
			case c < 0 || !sameRecord(t, t.files[i], old, old.files[k]):
				if !yield(change{t.files[i], false}, t.name(t.files[i])) {
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

// sameRecord reports whether two files have the same record.
func sameRecord(t *table, f file, old *table, g file) bool {
	return f.octets == g.octets && f.inode == g.inode && f.print == g.print && f.sub == g.sub && t.name(f) == old.name(g)
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
