package backend

import (
	"log/slog"
	"sync"
	"time"

	"tpops/pkg/maildir"
)

// How often the refusal of a mailbox is logged while its client repeats the login, and
// of how many mailboxes that is known. If there are more, all are logged again.
const (
	refusedEvery = time.Hour
	maxRefused   = 4096
)

// refusals logs mailboxes that are refused. Many goroutines may use it.
type refusals struct {
	mu   sync.Mutex
	last map[refusedMailbox]time.Time // when it was logged
}

type refusedMailbox struct{ maildir, reason string }

func newRefusals() *refusals { return &refusals{last: map[refusedMailbox]time.Time{}} }

// note logs that a mailbox was refused with err, unless the same was logged a short
// time ago.
func (r *refusals) note(log *slog.Logger, dir string, why maildir.Refusal, err error) {
	if r.isDue(refusedMailbox{dir, why.Reason}, time.Now()) {
		log.Warn("mailbox refused", "maildir", dir, "reason", why.Reason, "fix", why.Fix, "error", err)
	}
}

func (r *refusals) isDue(m refusedMailbox, now time.Time) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	if last, known := r.last[m]; known && now.Sub(last) < refusedEvery && now.Sub(last) >= 0 {
		return false
	}
	if len(r.last) >= maxRefused {
		clear(r.last)
	}
	r.last[m] = now
	return true
}
