package maildir

import (
	"errors"
	"slices"

	"golang.org/x/sys/unix"
)

// separateTwins looks at the files of t that share their unique name. Mostly
// they are one message, seen under two names because it was renamed while the
// directories were read: then one name is left. Files that are really two stay
// two, and get an identity by which they are known from each other.
func (t *table) separateTwins(maildir int) error {
	if !t.hasTwins() {
		return nil
	}
	subs, err := openSubdirs(maildir)
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
		} else {
			kept = t.appendDistinct(kept, subs, t.files[first:end])
		}
		first = end
	}
	t.files = kept
	return nil
}

func (t *table) hasTwins() bool {
	for i := range t.files {
		if t.areTwins(i, i-1) {
			return true
		}
	}
	return false
}

// appendDistinct appends those files of run to kept that exist and are not
// another one's second name, in the order that their identities give them. The
// two slices may overlap.
func (t *table) appendDistinct(kept []file, subs subdirs, run []file) []file {
	type inode struct{ dev, ino uint64 }
	before := len(kept)
	seen := make(map[inode]bool, len(run))
	for _, f := range run {
		stat, err := statAt(subs[f.sub], t.name(f))
		if errors.Is(err, unix.ENOENT) || err == nil && !isRegular(stat) {
			continue
		}
		if err == nil {
			id := identityOf(stat)
			if seen[inode{id.dev, id.ino}] {
				continue
			}
			seen[inode{id.dev, id.ino}] = true
			t.twins = append(t.twins, id)
			f.twin = uint32(len(t.twins))
		}
		kept = append(kept, f)
	}
	slices.SortFunc(kept[before:], t.compare)
	if len(kept) == before+1 {
		kept[before].twin = 0 // alone after all
	}
	return kept
}
