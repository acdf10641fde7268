package maildir

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"slices"
	"time"

	"golang.org/x/sys/unix"
)

// view is what one session knows of where the messages of a table are now.
// Other programs rename them (a flag is set, new mail is looked at), so a file
// that is missing is looked for by its unique name.
type view struct {
	*store
	base     *table  // whose indexes stand for the messages
	now      *latest // what a later look found, nil if there was none
	measured int     // messages of base that were opened to find their sizes
	sums     sumCache
	kept     *subdirs // those that fetching has opened; nil if none
}

// place is where a message is.
type place struct {
	subs *subdirs
	sub  uint8 // inNew or inCur
	name string
}

func (p place) dir() int { return p.subs[p.sub] }

// errMoved means that a message is there, but was renamed each time before
// anything could be done with its file.
var errMoved = errors.New("other programs rename it all the time")

// visitor is what is done with messages.
type visitor struct {
	do  func(i int, at place) error
	all bool // with all files of a message, not only with one

	fetch bool // open only the directory in which a message is known to be, and keep it
}

// each calls do with the place of each of the messages in all, which are
// indexes of base. If do returns an error that is ENOENT, or the file is not
// there, it is called again once the directories have been read again; they
// are read for all such messages together, and only if they changed. Any other
// error ends it. each returns the messages that are gone, in order; if some
// are not, but could not be caught, the error is or wraps errMoved.
func (v *view) each(ctx context.Context, all iter.Seq[int], do func(i int, at place) error) (gone []int, err error) {
	return v.walk(ctx, all, visitor{do: do})
}

func (v *view) walk(ctx context.Context, all iter.Seq[int], do visitor) (gone []int, err error) {
	until := time.Now().Add(patience)
	for looked := false; ; looked = true {
		missing, moved, err := v.visitAll(ctx, all, do)
		if looked {
			gone = append(gone, missing...)
		} else {
			moved = append(moved, missing...) // What is known may be old.
			slices.Sort(moved)
		}
		if err != nil || len(moved) == 0 {
			slices.Sort(gone)
			return gone, err
		}
		changed, err := v.update(ctx)
		if err != nil {
			return gone, err
		}
		if !changed {
			// What has these names is no message any more.
			gone = append(gone, moved...)
			slices.Sort(gone)
			return gone, nil
		}
		if time.Now().After(until) {
			slices.Sort(gone)
			return gone, fmt.Errorf("%q: %w", v.base.unique(v.base.files[moved[0]]), errMoved)
		}
		all = slices.Values(moved)
	}
}

// visitAll calls do with the known place of each message, and returns those
// that have none, and those that are not there any more.
func (v *view) visitAll(ctx context.Context, all iter.Seq[int], do visitor) (gone, moved []int, err error) {
	subs, done, err := v.subdirs(do)
	if err != nil {
		return nil, nil, err
	}
	defer func() { done(err != nil || len(moved) > 0) }()
	for i := range all {
		if err := ctx.Err(); err != nil {
			return gone, moved, err
		}
		found, err := v.visit(subs, i, do)
		switch {
		case errors.Is(err, unix.ENOENT):
			moved = append(moved, i)
		case err != nil:
			return gone, moved, err
		case !found:
			gone = append(gone, i)
		}
	}
	return gone, moved, nil
}

// visit calls do with the known places of message i, up to the first that is
// one unless do is for all. The error is ENOENT if a place is empty now, and no
// other was found.
func (v *view) visit(subs *subdirs, i int, do visitor) (found bool, err error) {
	t, files, ids := v.members(i)
	isOne := isOneOf(ids)
	var moved error
	for _, f := range files {
		at := place{subs, f.sub, t.name(f)}
		is, err := v.look(at, isOne)
		if err == nil && is {
			err = do.do(i, at)
		}
		if errors.Is(err, unix.ENOENT) {
			moved = err
			continue
		}
		if err != nil {
			return false, err
		}
		found = found || is
		if is && !do.all {
			return true, nil
		}
	}
	if found {
		return true, nil
	}
	return false, moved
}

// look opens the directory of a place unless it is open, and reports whether the
// file there is one of the message.
func (v *view) look(at place, isOne func(identity) bool) (bool, error) {
	if err := at.subs.openOne(v.dir, at.sub); err != nil {
		return false, err
	}
	return at.is(isOne)
}

// is reports whether the file that is there is one of the message; any is if isOne
// is nil.
func (p place) is(isOne func(identity) bool) (bool, error) {
	if isOne == nil {
		return true, nil
	}
	stat, err := statAt(p.dir(), p.name)
	if err != nil {
		return false, err
	}
	return isOne(identityOf(stat)), nil
}

// update reads the directories again if they changed, and reports that.
func (v *view) update(ctx context.Context) (changed bool, err error) {
	was := v.base
	if v.now != nil {
		was = v.now.table
	}
	states, err := dirStates(v.dir, clock(v.local), v.local)
	if err != nil {
		return false, err
	}
	if was.dirs[inNew].valid(states[inNew]) && was.dirs[inCur].valid(states[inCur]) {
		return false, nil
	}
	now, err := v.scanner(ctx).table()
	if err != nil {
		return false, err
	}
	v.now = &latest{table: now}
	return true, nil
}

// scanner returns a scanner of the Maildir.
func (v *view) scanner(ctx context.Context) *scanner {
	return newScanner(ctx, v.store, &v.sums)
}

// only yields i.
func only(i int) iter.Seq[int] {
	return func(yield func(int) bool) { yield(i) }
}
