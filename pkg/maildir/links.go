package maildir

import (
	"context"
	"errors"
	"maps"
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
	unique := func(i int) string { return r.view.base.unique(r.view.base.files[i]) }
	for rest := slices.Sorted(maps.Keys(r.removed)); len(rest) > 0; {
		n := 1 // messages with the same unique name
		for n < len(rest) && unique(rest[n]) == unique(rest[0]) {
			n++
		}
		if first, end := t.find(unique(rest[0])); first < end {
			again = r.removeFiles(t, &subs, t.files[first:end], rest[:n]) || again
		}
		rest = rest[n:]
	}
	return again, nil
}

// removeFiles removes those of the files that are one of which a name was removed for
// one of the messages. It asks for each only once: any number may share a unique name.
func (r *removal) removeFiles(t *table, subs *subdirs, files []file, messages []int) (again bool) {
	removed := map[identity]int{}
	for _, i := range messages {
		for _, f := range r.removed[i] {
			if !r.failed[i] {
				removed[f.identity] = i
			}
		}
	}
	if len(removed) == 0 {
		return false
	}
	for _, f := range files {
		found := r.unlinkIf(place{subs, f.sub, t.name(f)}, removed)
		again = again || found
	}
	return again
}

// unlinkIf removes the file at a place if it is one of those removed, which has their
// messages. It reports whether there is or was one, so that there may be another.
func (r *removal) unlinkIf(at place, removed map[identity]int) (found bool) {
	stat, err := statAt(at.dir(), at.name)
	if errors.Is(err, unix.ENOENT) {
		return true // It was renamed.
	}
	if err != nil {
		for _, i := range removed {
			r.fail(i, err)
		}
		return false
	}
	i, found := removed[identityOf(stat)]
	if !found {
		return false
	}
	if err := at.unlink(); err != nil && !errors.Is(err, unix.ENOENT) {
		r.fail(i, err)
	}
	return true
}
