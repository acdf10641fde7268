package maildir

import (
	"errors"
	"slices"

	"golang.org/x/sys/unix"
)

// Files that share their unique name are twins. They are one message if they
// are one file, which link(2) gave several names, or if their contents are
// the same, as after a backup was restored beside live mail: then the message
// keeps its UIDL, is listed once, and is deleted with all its files. Else they
// are several messages. Neither flags nor directories, times, inodes or
// order make a difference, so nothing that other programs do to twins
// changes a UIDL, unless they remove one.
//
// A hard link under another unique name is another message: nothing in a
// Maildir says that it is not, and mail that is delivered to several users at
// once is such a link.

// separateTwins looks at the files of t that share their unique name, and
// leaves one of each message in t.files. errUnsettled means that one of them
// is not there any more.
func (t *table) separateTwins(s *scanner) error {
	if !t.hasTwins() {
		t.plain = true
		return nil
	}
	subs, err := openSubdirs(s.dir, unix.O_PATH)
	if err != nil {
		return err
	}
	defer subs.close()
	kept := t.files[:0]
	for first := 0; first < len(t.files); {
		// All of a run is read before kept overwrites it.
		end := t.runEnd(first, t.unique(t.files[first]))
		if end == first+1 {
			kept = append(kept, t.files[first])
		} else if kept, err = t.appendMessages(kept, s, &subs, slices.Clone(t.files[first:end])); err != nil {
			return err
		}
		first = end
	}
	t.files = kept
	return nil
}

func (t *table) hasTwins() bool {
	if t.plain {
		return false
	}
	for i := range t.files {
		if t.areTwins(i, i-1) {
			return true
		}
	}
	return false
}

// appendMessages appends one file of each message in run to kept, in their
// order, and the others to t.copies.
func (t *table) appendMessages(kept []file, s *scanner, subs *subdirs, run []file) ([]file, error) {
	run, err := t.identify(s, subs, run)
	if err != nil {
		return nil, err
	}
	slices.SortFunc(run, t.compare)
	for i, f := range run {
		if i > 0 && t.isOne(run[i-1], f) {
			t.copies = append(t.copies, f)
		} else {
			kept = append(kept, f)
		}
	}
	return kept, nil
}

// isOne reports whether two files with one unique name are one message.
func (t *table) isOne(a, b file) bool {
	idA, knownA := t.identity(a)
	idB, knownB := t.identity(b)
	return knownA && knownB && idA.sum == idB.sum
}

// identify returns the files of run that are messages, with their identities.
// What cannot be looked at has none, and is a message of its own.
func (t *table) identify(s *scanner, subs *subdirs, run []file) ([]file, error) {
	stats := make([]unix.Stat_t, 0, len(run))
	found := run[:0]
	for _, f := range run {
		stat, err := statAt(subs[f.sub], t.name(f))
		if errors.Is(err, unix.ENOENT) {
			return nil, errUnsettled
		}
		if err == nil && !isRegular(stat) {
			continue
		}
		if err == nil {
			t.twins = append(t.twins, identityOf(stat))
			f.twin = uint32(len(t.twins))
		}
		found, stats = append(found, f), append(stats, stat)
	}
	if len(found) == 1 {
		found[0].twin = 0 // alone after all
	}
	if t.isOneInode(found) {
		return found, nil
	}
	return found, t.sumRun(s, subs, found, stats)
}

// sumRun reads the files of a run, and notes what their contents are.
func (t *table) sumRun(s *scanner, subs *subdirs, run []file, stats []unix.Stat_t) error {
	for i, f := range run {
		if f.twin == 0 {
			continue
		}
		sum, err := s.sums.of(s.ctx, place{subs, f.sub, t.name(f)}, stats[i])
		if errors.Is(err, unix.ENOENT) {
			return errUnsettled
		}
		if err != nil {
			return err
		}
		t.twins[f.twin-1].sum = sum
	}
	return nil
}

// isOneInode reports whether all files of a run are one.
func (t *table) isOneInode(run []file) bool {
	for _, f := range run[min(1, len(run)):] {
		first, known := t.identity(run[0])
		id, alsoKnown := t.identity(f)
		if !known || !alsoKnown || !id.isFile(first) {
			return false
		}
	}
	return true
}
