package maildir

import (
	"context"
	"fmt"
	"time"

	"golang.org/x/sys/unix"

	"tpops/pkg/pop3"
)

var _ pop3.Dated = (*Mailbox)(nil)

// Changed returns when the file of message number n was last written or changed
// in any other way, as by being renamed when the message was seen: what counts
// days from then never takes a message for older than it is, be it restored
// from a backup or moved here with the date of long ago. Its errors are those
// of Open.
func (m *Mailbox) Changed(ctx context.Context, n int) (time.Time, error) {
	if n < 1 || n > m.Listing().Len() {
		return time.Time{}, fmt.Errorf("message %d: %w", n, pop3.ErrNoMessage)
	}
	var changed time.Time
	err := m.owner.Do(func() error {
		_, err := m.view.each(ctx, only(m.snap.index(n)), func(_ int, at place) error {
			stat, err := statAt(at.dir(), at.name)
			if err == nil {
				changed = laterOf(stat.Mtim, stat.Ctim)
			}
			return err
		})
		return err
	})
	if err != nil {
		return time.Time{}, fmt.Errorf("message %d: %w", n, err)
	}
	if changed.IsZero() {
		return changed, fmt.Errorf("message %d: %w", n, pop3.ErrNoMessage)
	}
	return changed, nil
}

func laterOf(a, b unix.Timespec) time.Time {
	x, y := time.Unix(a.Unix()), time.Unix(b.Unix())
	if x.After(y) {
		return x
	}
	return y
}
