package maildir

import (
	"context"
	"errors"
	"fmt"
	"math"

	"golang.org/x/sys/unix"

	"tpops/pkg/pop3"
)

// removal is how far the removal of messages has come.
type removal struct {
	done  pop3.Marks // as deleted: those of which no file is left
	err   error      // why the first of the others is still there
	quota bool       // there is a maildirsize to be told
	usage            // what was removed
}

// fail notes why a message stays.
func (r *removal) fail(err error) {
	if r.err == nil {
		r.err = err
	}
}

// remove removes the messages that are marked as deleted, all that it can. An
// error is the reason for those that it did not come to.
func (m *Mailbox) remove(ctx context.Context, marks *pop3.Marks, r *removal) error {
	r.quota = hasQuota(m.dir)
	defer func() { m.tellQuota(r) }() // of what is gone, whatever comes
	gone, err := m.view.each(ctx, indexes(marks.Deleted()), func(i int, at place) error {
		return r.unlink(i, at)
	})
	if err != nil {
		return err
	}
	for _, i := range gone {
		if m.view.listed(i) {
			r.fail(fmt.Errorf("message %d: its file cannot be told from others", i+1))
			continue
		}
		r.done.Delete(i + 1)
	}
	return nil
}

// unlink removes the file of message i. ENOENT is the only error it returns,
// any other is noted.
func (r *removal) unlink(i int, at place) error {
	octets := int64(0)
	if r.quota {
		octets = quotaOctets(at)
	}
	err := retry(func() error { return unix.Unlinkat(at.dir(), at.name, 0) })
	if errors.Is(err, unix.ENOENT) {
		return err
	}
	if err != nil {
		r.fail(fmt.Errorf("message %d: remove %q: %w", i+1, at.name, err))
		return nil
	}
	r.done.Delete(i + 1)
	r.files++
	r.octets += min(octets, math.MaxInt64-r.octets) // names may claim anything
	return nil
}
