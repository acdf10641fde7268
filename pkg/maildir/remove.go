package maildir

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"golang.org/x/sys/unix"

	"tpops/pkg/pop3"
)

// removal is how far the removal of messages has come.
type removal struct {
	snap    *snapshot
	view    *view
	done    pop3.Marks // as deleted, by index + 1: those of which no file is left
	err     error      // why the first of the others is still there
	quota   bool       // there is a maildirsize to be told
	usage              // what was removed
	removed map[int][]removedFile
	many    map[removedKey]int // indexes in removed, of the files of messages that have many
	failed  map[int]bool
	batch   *batch // where the files go; nil if they are removed
	copies
}

// fail notes why message i stays.
func (r *removal) fail(i int, err error) {
	r.failed[i] = true
	if r.err == nil {
		r.stop(fmt.Errorf("message %d: %w", r.snap.number(i), err))
	}
}

// stop notes why no more messages are removed.
func (r *removal) stop(err error) {
	if r.err == nil {
		r.err = err
	}
}

// errAmbiguous is why a message stays that shares its unique name with others
// since the login.
var errAmbiguous = errors.New("several files have its unique name, and it is not clear which one is the message")

// remove removes the messages that are marked as deleted, all that it can, with
// all files that each of them has. An error is the reason for those that it
// did not come to.
func (r *removal) remove(ctx context.Context, marks *pop3.Marks) error {
	all := slices.Collect(r.snap.indexes(marks.Deleted()))
	if len(all) == 0 {
		return nil
	}
	r.removed, r.failed = map[int][]removedFile{}, map[int]bool{}
	r.quota = hasQuota(r.view.dir)
	defer r.tellQuota() // of what is gone, whatever comes
	// A backup that was restored since the login brought copies.
	if _, err := r.view.update(ctx); err != nil {
		return err
	}
	gone, err := r.view.walk(ctx, slices.Values(all), visitor{all: true, do: func(i int, at place) error {
		return r.unlink(i, at, r.hasCopies(i))
	}})
	for _, i := range gone {
		r.removeOther(i)
	}
	r.removeLinks(ctx)
	for i := range r.removed {
		if !r.failed[i] {
			r.done.Delete(i + 1)
		}
	}
	return err
}

// removeOther removes what is in the place of a message that is gone, if it is
// a link. A directory stays, and so does the message.
func (r *removal) removeOther(i int) {
	if r.view.ambiguous(i) {
		r.fail(i, errAmbiguous)
		return
	}
	subs, err := openSubdirs(r.view.dir, unix.O_PATH)
	if err != nil {
		r.fail(i, err)
		return
	}
	defer subs.close()
	f := r.view.base.files[i]
	if r.batch != nil && r.batch.must {
		r.fail(i, errOdd)
		return
	}
	at := place{&subs, f.sub, r.view.base.name(f)}
	stat, err := statAt(at.dir(), at.name)
	if err == nil && !isRegular(stat) {
		err = at.unlink()
	}
	if err != nil && !errors.Is(err, unix.ENOENT) {
		r.fail(i, err)
		return
	}
	r.done.Delete(i + 1)
}

// unlink removes a file of message i, which may have copies. ENOENT is the only
// error it returns, any other is noted.
func (r *removal) unlink(i int, at place, hasCopies bool) error {
	file, err := at.hold()
	if err != nil {
		return r.unlessMoved(i, err)
	}
	defer file.close()
	if hasCopies {
		isCopy, err := r.isCopy(i, at, identityOf(file.stat))
		if err != nil {
			return r.unlessMoved(i, err)
		}
		if !isCopy {
			return nil // It is another message, and stays.
		}
	}
	octets := int64(0)
	if r.quota {
		octets = quotaOctets(at)
	}
	hidden, err := r.discard(i, at, file)
	if err != nil {
		return r.unlessMoved(i, err)
	}
	r.count(i, r.judge(file, hidden), octets)
	return nil
}

// unlessMoved returns an error that is ENOENT, and notes any other.
func (r *removal) unlessMoved(i int, err error) error {
	if errors.Is(err, unix.ENOENT) {
		return err
	}
	r.fail(i, err)
	return nil
}

// judge returns what is known of a file one name of which was removed, or moved to the
// batch. A file server may not know of all names.
func (r *removal) judge(file heldFile, hidden bool) removedFile {
	f := removedFile{identity: identityOf(file.stat), linked: file.stat.Nlink > 1}
	if r.view.local {
		f.gone = file.isGone(hidden)
		f.linked = !f.gone
	}
	return f
}

// unlink removes the file that is there.
func (p place) unlink() error {
	err := retry(func() error { return unix.Unlinkat(p.dir(), p.name, 0) })
	if err != nil {
		return fmt.Errorf("remove %q: %w", p.name, err)
	}
	return nil
}
