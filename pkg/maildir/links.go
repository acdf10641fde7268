package maildir

import (
	"context"
	"errors"
	"slices"
	"time"

	"golang.org/x/sys/unix"
)

// removeLinks removes all other names of the files that were removed: a
// program that renames with link(2) and unlink(2) may have made one at any
// time. So it looks until it finds none.
func (r *removal) removeLinks(ctx context.Context) {
	if r.areGone() {
		return
	}
	for until := time.Now().Add(patience); ; {
		again, err := r.removeLinksOnce(ctx)
		if err == nil && again && time.Now().After(until) {
			err = errMoved
		}
		if err != nil {
			r.view.logger().Warn("renamed copies of deleted messages not checked", "error", err)
			r.failLinked(err)
			return
		}
		if !again {
			return
		}
	}
}

// areGone reports whether no file that was removed has another name.
func (r *removal) areGone() bool {
	for _, files := range r.removed {
		if slices.ContainsFunc(files, func(f removedFile) bool { return !f.gone }) {
			return false
		}
	}
	return true
}

// failLinked notes that files that had other names may still be there.
func (r *removal) failLinked(err error) {
	for i, files := range r.removed {
		if slices.ContainsFunc(files, func(f removedFile) bool { return f.linked }) {
			r.fail(i, err)
		}
	}
}

// removeLinksOnce reports whether it has found any, so that there may be more.
func (r *removal) removeLinksOnce(ctx context.Context) (again bool, err error) {
	t, err := r.view.scanner(ctx).entries()
	if err != nil {
		return false, err
	}
	subs, err := openSubdirs(r.view.dir, unix.O_PATH)
	if err != nil {
		return false, err
	}
	defer subs.close()
	for i, files := range r.removed {
		if r.failed[i] {
			continue
		}
		ids := make([]identity, 0, len(files))
		for _, f := range files {
			ids = append(ids, f.identity)
		}
		first, end := t.find(r.view.base.unique(r.view.base.files[i]))
		for _, f := range t.files[first:end] {
			found, err := place{&subs, f.sub, t.name(f)}.unlinkIf(ids)
			if err != nil {
				r.fail(i, err)
			}
			again = again || found
		}
	}
	return again, nil
}

// unlinkIf removes the file that is there if it is one of those in ids. It
// reports whether there is or was one, so that there may be another.
func (p place) unlinkIf(ids []identity) (found bool, err error) {
	is, err := p.is(ids)
	if err == nil && is {
		err = p.unlink()
	}
	if errors.Is(err, unix.ENOENT) {
		return true, nil // It was renamed.
	}
	return is, err
}
