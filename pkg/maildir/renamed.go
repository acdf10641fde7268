package maildir

import (
	"context"
	"errors"

	"golang.org/x/sys/unix"
)

// A program that renames all files of a Maildir, or a backup that is restored under
// new names, gives messages new unique names, and so new UIDLs. The index knows the
// files: they have the same size and modification time.

// checkRenamed returns a ChangeError if many of the messages that the index has are
// there under new unique names and with other UIDLs. v.base is what is in the Maildir.
func (r *reader) checkRenamed(ctx context.Context, v *view, index *table) error {
	if index == nil || !r.watchesNames() {
		return nil
	}
	t := v.base
	gone, fresh := differing(index, t)
	all := len(index.files)
	if !isMass(min(len(gone), len(fresh)), all) {
		return nil
	}
	pairs, err := renamedPairs(v, index, gone, fresh)
	if err != nil || !isMass(len(pairs), all) {
		return err
	}
	d, err := r.renamedDrift(ctx, t, index, pairs)
	if err == nil && d.isFar() && isMass(d.changed, all) {
		err = r.refuse(&ChangeError{Maildir: r.path, Changed: d.changed, Compared: all, Renamed: true})
	}
	return err
}

// watchesNames reports whether a login is refused if files were renamed. The UIDLs of
// another server's list are known only after that server has seen the new names.
func (r *reader) watchesNames() bool {
	return r.options.Served && !r.options.accept && !r.options.follows()
}

// isMass reports whether so many of all messages were renamed at once. Programs that
// synchronise mailboxes rename new messages, some at a time.
func isMass(renamed, all int) bool { return renamed > explained && renamed*10 > all }

// differing returns the indexes of the messages that only old has, and of those that
// only t has.
func differing(old, t *table) (gone, fresh []int) {
	for i, k := 0, 0; i < len(t.files) || k < len(old.files); {
		switch c := compareHeads(t, i, old, k); {
		case c < 0:
			fresh = append(fresh, i)
			i++
		case c > 0:
			gone = append(gone, k)
			k++
		default:
			i, k = i+1, k+1
		}
	}
	return gone, fresh
}

// renamedPairs returns which of the messages fresh of v.base were messages gone of
// old: the indexes of both, by that in v.base.
func renamedPairs(v *view, old *table, gone, fresh []int) (map[int]int, error) {
	byMark := make(map[uint32]int, len(gone))
	for _, k := range gone {
		if f := old.files[k]; f.print != 0 {
			byMark[f.print] = k
		}
	}
	subs, err := openSubdirs(v.dir, unix.O_PATH)
	if err != nil {
		return nil, err
	}
	defer subs.close()
	pairs := map[int]int{}
	for _, i := range fresh {
		f := v.base.files[i]
		stat, err := statAt(subs[f.sub], v.base.name(f))
		if errors.Is(err, unix.ENOENT) {
			continue
		}
		if err != nil {
			return nil, err
		}
		mark := contentMark(stat)
		if k, found := byMark[mark]; found {
			pairs[i] = k
			delete(byMark, mark) // One file stands for one message.
		}
	}
	return pairs, nil
}

// renamedDrift compares the UIDLs of the pairs, as far as the old ones are known.
func (r *reader) renamedDrift(ctx context.Context, t, old *table, pairs map[int]int) (d drift, err error) {
	given, err := r.givenUIDLs(ctx)
	if err != nil {
		return d, err
	}
	s, err := readServed(r.dir)
	if err != nil || s == nil && given != nil {
		return d, nil
	}
	if s == nil {
		s = &served{}
	}
	uidls := assignUIDLs(t, given)
	for i, k := range pairs {
		was, known := s.uidlOf(old.unique(old.files[k]))
		if known && !old.isTwin(k) && !t.isTwin(i) {
			d.note(was == hashOf(uidls.of(t, i)))
		}
	}
	return d, nil
}
