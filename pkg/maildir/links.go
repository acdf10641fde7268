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
	for unique, all := range r.removedFiles() {
		first, end := t.find(unique)
		for _, f := range t.files[first:end] {
			found := r.unlinkIf(place{&subs, f.sub, t.name(f)}, all)
			again = again || found
		}
	}
	return again, nil
}

// removedFiles returns the files of which a name was removed, and their messages, by
// unique name. Any number of messages may share one.
func (r *removal) removedFiles() map[string]map[identity]int {
	all := map[string]map[identity]int{}
	for i, files := range r.removed {
		if r.failed[i] {
			continue
		}
		unique := r.view.base.unique(r.view.base.files[i])
		if all[unique] == nil {
			all[unique] = map[identity]int{}
		}
		for _, f := range files {
			all[unique][f.identity] = i
		}
	}
	return all
}

// unlinkIf removes the file at a place if it is one of those in all. It reports whether
// there is or was one, so that there may be another.
func (r *removal) unlinkIf(at place, all map[identity]int) (found bool) {
	stat, err := statAt(at.dir(), at.name)
	if errors.Is(err, unix.ENOENT) {
		return true // It was renamed.
	}
	if err != nil {
		for _, i := range all {
			r.fail(i, err)
		}
		return false
	}
	i, found := all[identityOf(stat)]
	if !found {
		return false
	}
	if err := at.unlink(); err != nil && !errors.Is(err, unix.ENOENT) {
		r.fail(i, err)
	}
	return true
}
