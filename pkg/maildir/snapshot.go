package maildir

import (
	"context"
	"errors"
	"fmt"
	"math"
	"slices"
	"time"

	"golang.org/x/sys/unix"

	"tpops/pkg/pop3"
)

// snapshot is what a Maildir held when it was read: the listing, and the file
// of each of its messages. Message number n is files[n-1]. It never changes,
// so any number of sessions may share one. It says what is there as long as
// dirs is valid.
type snapshot struct {
	*table
	listing *pop3.Listing
}

// take reads the Maildir, with the rights of its owner. What it learns of
// messages that are renamed meanwhile is in the view.
func (m *Mailbox) take(ctx context.Context) (*snapshot, *view, error) {
	if _, err := statAt(m.dir, "tmp"); errors.Is(err, unix.ENOENT) {
		m.log.Warn("Maildir subdirectory missing", "directory", "tmp")
	}
	given, err := m.givenUIDLs(ctx)
	if err != nil {
		return nil, nil, err
	}
	v, messages, err := m.readMessages(ctx)
	if err != nil {
		return nil, nil, err
	}
	t := v.base
	limitOctets(messages)
	for i, f := range t.files {
		messages[i].Seen = isSeen(t.name(f))
	}
	assignUIDLs(t, messages, given)
	return &snapshot{t, pop3.NewListing(messages)}, v, nil
}

// readMessages reads the Maildir and measures its messages. If another message
// gets the unique name of one that is not measured yet, which of the two was
// read first cannot be told. Then the Maildir is read again, with both.
func (m *Mailbox) readMessages(ctx context.Context) (*view, []pop3.Message, error) {
	for until := time.Now().Add(patience); ; {
		v := &view{maildir: m.dir, log: m.log}
		t, err := v.scanner(ctx).table()
		if err != nil {
			return nil, nil, err
		}
		v.base = t
		messages := make([]pop3.Message, len(t.files))
		gone, err := m.measure(ctx, v, messages)
		if err != nil {
			return nil, nil, err
		}
		if !slices.ContainsFunc(gone, v.ambiguous) {
			t.files, messages = without(t.files, gone), without(messages, gone)
			return v, messages, nil
		}
		if time.Now().After(until) {
			return nil, nil, fmt.Errorf("gave up after %v: %w", patience, errUnsettled)
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

// limitOctets keeps the sum of all sizes within an int64, whatever sizes names
// claim and sparse files have. No real size reaches the limit.
func limitOctets(messages []pop3.Message) {
	for i := range messages {
		messages[i].Octets = min(messages[i].Octets, math.MaxInt64/int64(len(messages)))
	}
}
