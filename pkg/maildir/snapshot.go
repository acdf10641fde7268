package maildir

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"golang.org/x/sys/unix"

	"tpops/pkg/pop3"
)

// snapshot is what a Maildir held when it was read: the listing, and the file
// of each of its messages. Message number n is files[index(n)]. It never changes
// but for entry, so any number of sessions may share one.
type snapshot struct {
	*table
	uidls   *uidlSet
	order   []uint32 // indexes of the messages in their order, nil if it is that of files
	most    int64    // octets that one message can have, see mostOctets
	listing *pop3.Listing
	holds   bool       // it is what is there as long as another look shows the same
	file    *indexFile // an index that contains the table; nil if there is none

	entry *cacheEntry // of the Cache that keeps it, whose lock guards this; nil if none does
}

func newSnapshot(t *table, u *uidlSet, order []uint32) *snapshot {
	s := &snapshot{table: t, uidls: u, order: order, most: mostOctets(len(t.files))}
	s.listing = pop3.ListingOf(s, s.totals())
	return s
}

// Len implements pop3.Rows.
func (s *snapshot) Len() int { return len(s.files) }

// Message implements pop3.Rows.
func (s *snapshot) Message(n int) pop3.Message {
	i := s.index(n)
	f := s.files[i]
	return pop3.Message{
		UIDL: s.uidls.of(s.table, i), Octets: min(f.octets, s.most),
		Seen: hasSeen(s.info(f)), Unreadable: f.form == unreadable,
	}
}

// take reads the Maildir, with the rights of its owner. What it learns of
// messages that are renamed meanwhile is in the view. now is a look at it, and
// old a snapshot that does not hold any more, or nil.
func (r *reader) take(ctx context.Context, now look, old *snapshot) (*snapshot, *view, error) {
	r.warnOfTmp()
	k := r.index().know(old)
	v, wasRead, err := r.readAdmitted(ctx, now, k)
	if err != nil {
		return nil, nil, err
	}
	holds := now.settled && now.dirs.same(v.base.dirs) && !v.base.rough
	n, learned, err := r.number(ctx, now, v, k)
	if err == nil {
		err = r.guard(ctx, v, n)
	}
	var s *snapshot
	if err == nil {
		s = newSnapshot(n.table, n.uidls, n.order)
		v.base.totals = r.totals(now, n, s, holds)
	}
	file := k.fileOf(v.base, n)
	if wasRead || learned || k.lacks(v.base.totals) {
		file = r.index().save(v, k, holds) // after an error too, for the sizes
	}
	if err != nil {
		return nil, nil, err
	}
	r.complete(s, n, v, holds, file)
	return s, v, nil
}

// complete completes a snapshot of v with the messages in n. holds and file are those of
// the snapshot, unless messages are left out: then the next login has to look again.
func (r *reader) complete(s *snapshot, n numbered, v *view, holds bool, file indexFile) {
	if r.options.follows() {
		r.mark() // Only now: what is refused has not been served with that list.
	}
	v.base, n.table.totals = n.table, nil // They are only for the index, which has them now.
	if n.lacks {
		return
	}
	if s.holds = holds; file.ino != 0 {
		kept := file
		s.file = &kept
	}
}

// fromIndex returns a view of what is in the index, nil if that does not hold
// for the Maildir at which now is a look.
func (r *reader) fromIndex(ctx context.Context, now look, k known) (*view, error) {
	if !r.trustsTimes() || !k.holds(now) {
		return nil, nil
	}
	t := k.read
	if t.hasTwins() {
		// Which of them are one message is found out as without an index.
		separate := *t
		separate.files = slices.Clone(t.files)
		t = &separate
	}
	v := r.newView(t)
	err := t.separateTwins(v.scanner(ctx))
	if errors.Is(err, errUnsettled) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	gone, err := r.measurer().measure(ctx, v)
	if err != nil || len(gone) > 0 || v.now != nil {
		return nil, err // It has changed meanwhile.
	}
	return v, nil
}

// warnOfTmp logs that no program can deliver to the Maildir.
func (r *reader) warnOfTmp() {
	if _, err := statAt(r.dir, "tmp"); errors.Is(err, unix.ENOENT) {
		r.logger().Warn("Maildir subdirectory missing", "directory", "tmp")
	}
}

// readAdmitted returns a view of the Maildir, unless it is one of another server,
// and whether the directories were read.
func (r *reader) readAdmitted(ctx context.Context, now look, k known) (v *view, wasRead bool, err error) {
	if !r.options.Lock {
		if err := r.admitUnlocked(); err != nil {
			return nil, false, err
		}
	}
	v, err = r.fromIndex(ctx, now, k)
	if err != nil || v != nil {
		return v, false, err
	}
	if v, err = r.readMessages(ctx, k); err == nil {
		v.base.compact()
	}
	return v, true, err
}

// readMessages reads the Maildir and measures its messages. If another message
// gets the unique name of one that is not measured yet, which of the two was
// read first cannot be told. Then the Maildir is read again, with both. After an
// error the index keeps the sizes that were found: a client that does not wait
// for all of them gets further with each login.
func (r *reader) readMessages(ctx context.Context, k known) (*view, error) {
	old := k.old
	if r.options.follows() {
		old = nil // It may lack messages, which are left out.
	}
	for until := time.Now().Add(patience); ; old = nil {
		v := r.newView(nil)
		s := v.scanner(ctx)
		s.old = old
		t, err := s.table()
		if err != nil {
			return nil, err
		}
		t.inherit(k.read)
		t.inherit(k.old)
		v.base = t
		if err := r.checkRenamed(ctx, v, k.index); err != nil {
			return nil, err
		}
		gone, err := r.measurer().measure(ctx, v)
		if err != nil {
			r.index().save(v, k, false)
			return nil, err
		}
		if !slices.ContainsFunc(gone, v.ambiguous) {
			t.files = without(t.files, gone)
			return v, nil
		}
		if time.Now().After(until) {
			return nil, fmt.Errorf("gave up after %v: %w", patience, errUnsettled)
		}
	}
}

// without returns rows without those whose indexes are in gone, in order.
func without[T any](rows []T, gone []int) []T {
	if len(gone) == 0 {
		return rows
	}
	kept := rows[:0]
	for i, row := range rows {
		if _, found := slices.BinarySearch(gone, i); !found {
			kept = append(kept, row)
		}
	}
	return kept
}
