package maildir

import (
	"context"
	"iter"

	"tpops/pkg/pop3"
)

// Update removes the messages marked as deleted, tells maildirsize, and gives
// those marked as retrieved the flag S; messages without a mark are not
// touched. The messages that could not be removed are told by a
// *pop3.UpdateError; there is no other error. A message that is gone already
// counts as removed. Flags that could not be set are only logged.
//
// A commit does not stop half-way: Update does not heed the end of ctx.
func (m *Mailbox) Update(ctx context.Context, marks *pop3.Marks) error {
	if m.Listing().Len() == 0 || marks.IsEmpty() {
		return nil
	}
	ctx = context.WithoutCancel(ctx)
	r := &removal{snap: m.snap, view: m.view}
	err := m.owner.Do(func() error {
		if err := m.lock.confirm(&m.store); err != nil {
			return err
		}
		if m.reader.options.KeepDeleted > 0 && yieldsAny(marks.Deleted()) {
			r.batch = m.newBatch(DeletedDir, marks)
			defer m.putAway(r.batch)
		}
		err := r.remove(ctx, marks)
		m.view.setSeen(ctx, m.snap, marks)
		return err
	})
	if err != nil {
		m.logger().Warn("update interrupted", "error", err)
		r.stop(err)
	}
	return r.result(marks)
}

// yieldsAny reports whether seq yields anything.
func yieldsAny(seq iter.Seq[int]) bool {
	for range seq {
		return true
	}
	return false
}

// result returns the error that tells of the messages that are still there.
func (r *removal) result(marks *pop3.Marks) error {
	var kept []int
	for n := range marks.Deleted() {
		if !r.done.IsDeleted(r.snap.index(n) + 1) {
			kept = append(kept, n)
		}
	}
	if kept == nil {
		return nil
	}
	return &pop3.UpdateError{Kept: kept, Err: r.err}
}

// indexes yields the indexes of messages instead of their numbers.
func (s *snapshot) indexes(numbers iter.Seq[int]) iter.Seq[int] {
	return func(yield func(int) bool) {
		for n := range numbers {
			if !yield(s.index(n)) {
				return
			}
		}
	}
}
