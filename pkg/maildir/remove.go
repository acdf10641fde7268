package maildir

import (
	"context"
	"errors"
	"fmt"
	"math"
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
	failed  map[int]bool
	copies
}

// removedFile is a file one name of which was removed.
type removedFile struct {
	identity
	linked bool // it had another name, and may have it still
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
		return r.unlink(i, at, r.view.hasCopies(i))
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
	stat, err := statAt(at.dir(), at.name)
	if err == nil && hasCopies {
		isCopy, readErr := r.isCopy(i, at, identityOf(stat))
		if readErr == nil && !isCopy {
			return nil // It is another message, and stays.
		}
		err = readErr
	}
	octets := int64(0)
	if err == nil && r.quota {
		octets = quotaOctets(at)
	}
	if err == nil {
		err = at.unlink()
	}
	if errors.Is(err, unix.ENOENT) {
		return err
	}
	if err != nil {
		r.fail(i, err)
		return nil
	}
	r.count(i, identityOf(stat), stat.Nlink > 1, octets)
	return nil
}

// count notes that a name of the file id was removed. What has several names
// counts once.
func (r *removal) count(i int, id identity, linked bool, octets int64) {
	isSame := func(other removedFile) bool { return other.isFile(id) }
	if slices.ContainsFunc(r.removed[i], isSame) {
		return
	}
	r.removed[i] = append(r.removed[i], removedFile{id, linked})
	r.files++
	r.octets += min(octets, math.MaxInt64-r.octets) // names may claim anything
}

// unlink removes the file that is there.
func (p place) unlink() error {
	err := retry(func() error { return unix.Unlinkat(p.dir(), p.name, 0) })
	if err != nil {
		return fmt.Errorf("remove %q: %w", p.name, err)
	}
	return nil
}
