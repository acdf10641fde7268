package maildir

import (
	"errors"

	"golang.org/x/sys/unix"
)

// tpops_index is a cache: what it contains could be found out by reading the
// Maildir, and is if anything about it is odd. If it holds for the present
// states of new and cur, it is the listing. If not, it still knows the sizes of
// messages, so that only new ones are opened. The same is true for the file of the
// rule and the UIDLs: see listed.

// known is what a login knows of a mailbox before it reads it.
type known struct {
	old   *table    // of the last snapshot, nil if there is none
	read  *table    // of the index, nil if that was not read
	index *table    // what is in file
	file  indexFile // zero if there is none, or none that can be appended to
	there bool      // something has the name of the index
}

// indexKeeper reads and writes the index of an open Maildir.
type indexKeeper struct {
	*store
	settings uint32
	isOn     bool // as Options.Index
	least    int  // messages that are worth an index
	measurer *measurer
	trusts   bool // as reader.trustsTimes
}

// know returns what is known from the last snapshot and from the index, which
// is read only if it is not the one that contains the snapshot.
func (x *indexKeeper) know(old *snapshot) (k known) {
	if old != nil {
		k.old = old.table
		if old.file != nil && old.file.isAt(x.dir) {
			k.index, k.file, k.there = old.table, *old.file, true
			return k
		}
	}
	if !x.isOn {
		return k
	}
	found, err := x.open()
	k.there = err == nil || err == errNoFile || !errors.Is(err, unix.ENOENT)
	if err != nil {
		return k
	}
	k.read, k.index, k.file = found.table, found.table, found.file
	return k
}

// isAt reports whether the index of the Maildir dir is still that file.
func (f indexFile) isAt(dir int) bool {
	stat, err := statAt(dir, indexName)
	return err == nil && uint64(stat.Dev) == f.dev && stat.Ino == f.ino && stat.Size == f.size
}

// openFile opens the file of the index, unless another user may have written it.
func (x *indexKeeper) openFile() (int, unix.Stat_t, error) {
	fd, stat, err := openRegular(x.dir, indexName, unix.O_RDONLY)
	if err == nil && (stat.Nlink != 1 || stat.Size > maxIndexed || x.dirLocal && !owns(x.owner, stat.Uid)) {
		_ = unix.Close(fd)
		return -1, stat, errIndex // File servers may show other owners.
	}
	return fd, stat, err
}

// open reads the index of the Maildir.
func (x *indexKeeper) open() (*index, error) {
	fd, stat, err := x.openFile()
	if err != nil {
		return nil, err
	}
	defer unix.Close(fd)
	found, err := readIndexFile(fd, stat, x.settings)
	if err != nil {
		return nil, err
	}
	if found.isWhole {
		found.file.dev, found.file.ino, found.file.size = uint64(stat.Dev), stat.Ino, stat.Size
	}
	return found, nil
}

// lacks reports whether there is no file, or one without the totals t, which may be nil.
func (k known) lacks(t *totals) bool {
	return k.file.ino == 0 || t != nil && t.mark() != k.file.totals
}

// holds reports whether the index that was read is what is in the Maildir at
// which now is a look.
func (k known) holds(now look) bool {
	return k.read != nil && k.read.dirs[inNew].ino != 0 && k.read.dirs.same(now.dirs)
}

// save writes what is known now into the index, and returns the file if it
// contains just that. holds means that it is what is in the Maildir as long as
// the directories have the same states. An index that cannot be written is no
// error: the next login reads the Maildir.
func (x *indexKeeper) save(v *view, k known, holds bool) indexFile {
	t := v.base
	if !x.isOn {
		return indexFile{}
	}
	if !x.isWorthIt(t) {
		if k.there {
			_ = unix.Unlinkat(x.dir, indexName, 0)
		}
		return indexFile{}
	}
	if holds && x.trusts { // Else each host of a file server would write its own times.
		return x.write(t, k, t.dirs)
	}
	if v.measured > 0 {
		return x.write(t, k, states{}) // for the sizes
	}
	return indexFile{}
}

// write writes t into the index, as what holds for the states dirs, unless
// the index contains just that.
func (x *indexKeeper) write(t *table, k known, dirs states) indexFile {
	file, err := k.file, errIndexChanged
	list, _, _ := t.listed.head()
	if file.ino != 0 {
		if block, count := encodeChanges(k.index, t, file, x.settings, dirs); block != nil {
			if count == 0 && file.dirs.same(dirs) && file.list.same(list) && (t.totals == nil || file.totals == t.totals.mark()) {
				return file
			}
			file, err = appendIndex(x.dir, file, block, count)
		}
	}
	if errors.Is(err, errIndexChanged) {
		file, err = x.rewrite(t, k.file, dirs)
	}
	if err != nil {
		return indexFile{}
	}
	file.dirs, file.list, file.totals = dirs, list, t.totals.mark()
	return file
}

// rewrite writes an index of t, unless that is what file contains. A table
// that is too large for an index has none.
func (x *indexKeeper) rewrite(t *table, file indexFile, dirs states) (indexFile, error) {
	if headOctets+totalsOctets+(len(t.files)+len(t.copies))*recordOctets+len(t.names)+t.listed.memory() > maxIndexed {
		return indexFile{}, nil
	}
	buf := encodeIndex(t, x.settings, dirs)
	if file.ino != 0 && file.changes == 0 && file.size == int64(len(buf)) && file.sum == sumOf(buf) {
		return file, nil
	}
	return replaceIndex(x.dir, buf)
}
