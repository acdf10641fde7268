package maildir

import (
	"context"
	"errors"
	"iter"
	"log/slog"
	"time"

	"golang.org/x/sys/unix"
)

// view is what one session knows of where the messages of a table are now.
// Other programs rename them (a flag is set, new mail is looked at), so a file
// that is missing is looked for by its unique name.
type view struct {
	maildir int
	log     *slog.Logger
	base    *table // whose indexes stand for the messages
	now     *table // what a later look found, nil if there was none
}

// place is where a message is.
type place struct {
	subs *subdirs
	sub  uint8 // inNew or inCur
	name string
}

func (p place) dir() int { return p.subs[p.sub] }

// lookAgain is how often each looks for messages that are not where they were
// found a moment ago.
const lookAgain = 3

// each calls do with the place of each of the messages in all, which are
// indexes of base. If do returns an error that is ENOENT, or the file is not
// there, it is called again once the directories have been read again; they
// are read for all such messages together, and only if they changed. Any other
// error ends it. each returns the messages that it did not find, in order.
func (v *view) each(ctx context.Context, all iter.Seq[int], do func(i int, at place) error) ([]int, error) {
	for look := 0; ; look++ {
		missing, err := v.visitAll(ctx, all, do)
		if err != nil || len(missing) == 0 || look == lookAgain {
			return missing, err
		}
		changed, err := v.update(ctx)
		if err != nil || !changed {
			return missing, err
		}
		all = func(yield func(int) bool) {
			for _, i := range missing {
				if !yield(i) {
					return
				}
			}
		}
	}
}

// visitAll calls do with the known place of each message, and returns those
// that are not there.
func (v *view) visitAll(ctx context.Context, all iter.Seq[int], do func(int, place) error) (missing []int, err error) {
	subs, err := openSubdirs(v.maildir)
	if err != nil {
		return nil, err
	}
	defer subs.close()
	for i := range all {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		err := v.visit(&subs, i, do)
		if errors.Is(err, unix.ENOENT) {
			missing = append(missing, i)
			continue
		}
		if err != nil {
			return nil, err
		}
	}
	return missing, nil
}

// visit calls do with the known place of message i.
func (v *view) visit(subs *subdirs, i int, do func(int, place) error) error {
	t, candidates := v.known(i)
	id, isTwin := v.base.identity(v.base.files[i])
	if !isTwin && len(candidates) != 1 {
		// Either it is gone or somebody copied it; which of two files the
		// session means cannot be told, and a wrong one must not be removed.
		return unix.ENOENT
	}
	for _, f := range candidates {
		at := place{subs, f.sub, t.name(f)}
		if at.dir() < 0 || isTwin && !at.is(id) {
			continue
		}
		return do(i, at)
	}
	return unix.ENOENT
}

// known returns the files that message i may be, and the table they are in.
func (v *view) known(i int) (*table, []file) {
	if v.now == nil {
		return v.base, v.base.files[i : i+1]
	}
	first, end := v.now.find(v.base.unique(v.base.files[i]))
	return v.now, v.now.files[first:end]
}

// is reports whether the file that is there has the identity id.
func (p place) is(id identity) bool {
	stat, err := statAt(p.dir(), p.name)
	return err == nil && identityOf(stat) == id
}

// update reads the directories again if they changed, and reports that.
func (v *view) update(ctx context.Context) (changed bool, err error) {
	latest := v.base
	if v.now != nil {
		latest = v.now
	}
	states, err := dirStates(v.maildir, time.Now())
	if err != nil {
		return false, err
	}
	if latest.dirs[inNew].valid(states[inNew]) && latest.dirs[inCur].valid(states[inCur]) {
		return false, nil
	}
	now, err := scan(ctx, v.maildir, v.log)
	if err != nil {
		return false, err
	}
	v.now = now
	return true, nil
}

// listed reports whether message i, which each did not find, may still be
// there: under a name that changed too often, or beside a copy.
func (v *view) listed(i int) bool {
	_, isTwin := v.base.identity(v.base.files[i])
	_, candidates := v.known(i)
	return v.now != nil && !isTwin && len(candidates) > 0
}

// only yields i.
func only(i int) iter.Seq[int] {
	return func(yield func(int) bool) { yield(i) }
}
