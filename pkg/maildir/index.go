package maildir

import (
	"cmp"
	"context"
	"errors"
	"slices"

	"golang.org/x/sys/unix"
)

// tpops_index is a cache: what it contains could be found out by reading the
// Maildir, and is if anything about it is odd. If it holds for the present
// states of new and cur, it is the listing. If not, it still knows the sizes of
// messages, so that only new ones are opened.

// known is what a login knows of a mailbox before it reads it.
type known struct {
	old   *table    // of the last snapshot, nil if there is none
	read  *table    // of the index, nil if that was not read
	index *table    // what is in file
	file  indexFile // zero if there is none, or none that can be appended to
	there bool      // something has the name of the index
}

// know returns what is known from the last snapshot and from the index, which
// is read only if it is not the one that contains the snapshot.
func (m *Mailbox) know(old *snapshot) (k known) {
	if old != nil {
		k.old = old.table
		if old.file.ino != 0 && old.file.isAt(m.dir) {
			k.index, k.file, k.there = old.table, old.file, true
			return k
		}
	}
	if !m.options.Index {
		return k
	}
	x, err := m.openIndex()
	k.there = err == nil || err == errNoFile || !errors.Is(err, unix.ENOENT)
	if err != nil {
		return k
	}
	k.read, k.index, k.file = x.table, x.table, x.file
	return k
}

// isAt reports whether the index of the Maildir dir is still that file.
func (f indexFile) isAt(dir int) bool {
	stat, err := statAt(dir, indexName)
	return err == nil && uint64(stat.Dev) == f.dev && stat.Ino == f.ino && stat.Size == f.size
}

// openIndex reads the index of the Maildir.
func (m *Mailbox) openIndex() (*index, error) {
	fd, stat, err := openRegular(m.dir, indexName, unix.O_RDONLY)
	if err != nil {
		return nil, err
	}
	defer unix.Close(fd)
	if stat.Nlink != 1 || stat.Size > maxIndexed || m.local && !m.owns(stat.Uid) {
		return nil, errIndex // File servers may show other owners.
	}
	x, err := readIndex(fdReader(fd), stat.Size, m.settings())
	if err != nil {
		return nil, err
	}
	if x.isWhole {
		x.file.dev, x.file.ino, x.file.size = uint64(stat.Dev), stat.Ino, stat.Size
	}
	return x, nil
}

// holds reports whether the index that was read is what is in the Maildir at
// which now is a look.
func (k known) holds(now look) bool {
	return k.read != nil && k.read.dirs[inNew].ino != 0 && k.read.dirs.same(now.dirs)
}

// fromIndex returns a view of what is in the index, nil if that does not hold
// for the Maildir at which now is a look.
func (m *Mailbox) fromIndex(ctx context.Context, now look, k known) (*view, error) {
	if !m.trustsTimes() || !k.holds(now) {
		return nil, nil
	}
	t := k.read
	if t.hasTwins() {
		// Which of them are one message is found out as without an index.
		separate := *t
		separate.files = slices.Clone(t.files)
		t = &separate
	}
	v := m.newView(t)
	err := t.separateTwins(v.scanner(ctx))
	if errors.Is(err, errUnsettled) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	gone, err := m.measure(ctx, v)
	if err != nil || len(gone) > 0 || v.now != nil {
		return nil, err // It has changed meanwhile.
	}
	return v, nil
}

// saveIndex writes what is known now into the index, and returns the file if it
// contains just that. holds means that it is what is in the Maildir as long as
// the directories have the same states. An index that cannot be written is no
// error: the next login reads the Maildir.
func (m *Mailbox) saveIndex(v *view, k known, holds bool) indexFile {
	t := v.base
	if !m.options.Index {
		return indexFile{}
	}
	if len(t.files)+len(t.copies) < cmp.Or(m.options.minIndexed, minIndexed) {
		if k.there {
			_ = unix.Unlinkat(m.dir, indexName, 0)
		}
		return indexFile{}
	}
	if holds && m.trustsTimes() { // Else each host of a file server would write its own times.
		return m.writeIndex(t, k, t.dirs)
	}
	if v.measured > 0 {
		return m.writeIndex(t, k, states{}) // for the sizes
	}
	return indexFile{}
}

// writeIndex writes t into the index, as what holds for the states dirs, unless
// the index contains just that.
func (m *Mailbox) writeIndex(t *table, k known, dirs states) indexFile {
	file, err := k.file, errIndexChanged
	if file.ino != 0 {
		if block, count := encodeChanges(k.index, t, file, m.settings(), dirs); block != nil {
			if count == 0 && file.dirs.same(dirs) {
				return file
			}
			file, err = appendIndex(m.dir, file, block, count)
		}
	}
	if errors.Is(err, errIndexChanged) {
		file, err = m.rewriteIndex(t, k.file, dirs)
	}
	if err != nil {
		return indexFile{}
	}
	file.dirs = dirs
	return file
}

// rewriteIndex writes an index of t, unless that is what file contains. A table
// that is too large for an index has none.
func (m *Mailbox) rewriteIndex(t *table, file indexFile, dirs states) (indexFile, error) {
	if headOctets+(len(t.files)+len(t.copies))*recordOctets+len(t.names) > maxIndexed {
		return indexFile{}, nil
	}
	buf := encodeIndex(t, m.settings(), dirs)
	if file.ino != 0 && file.changes == 0 && file.size == int64(len(buf)) && file.sum == sumOf(buf) {
		return file, nil
	}
	return replaceIndex(m.dir, buf)
}

// forget drops what is known of the mailbox in memory and in the index, of
// which something has turned out to be wrong.
func (m *Mailbox) forget() {
	m.options.Cache.drop(m.key, m.snap)
	if m.options.Index {
		_ = unix.Unlinkat(m.dir, indexName, 0)
	}
}
