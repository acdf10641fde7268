package process

import "time"

// The waits after children that ended without having served. After the first such
// child there is no wait, since it may have been killed. Then each wait is twice as
// long as the one before.
const (
	firstWait = time.Second
	lastWait  = time.Minute
)

// Backoff keeps a parent from starting failing children in a tight loop. The zero
// value is ready to use. The caller passes the time.
type Backoff struct {
	failed bool // once, without a wait
	wait   time.Duration
	until  time.Time
}

// Failed records that a child ended, or could not be started, without having served.
// It returns how long to wait, and whether to log the failure. Failures during a wait
// are not logged, nor are those after the wait has reached its maximum.
func (b *Backoff) Failed(now time.Time) (wait time.Duration, isNew bool) {
	if now.Before(b.until) {
		return b.until.Sub(now), false
	}
	if !b.failed {
		b.failed = true
		return 0, true
	}
	before := b.wait
	b.wait = min(max(2*b.wait, firstWait), lastWait)
	b.until = now.Add(b.wait)
	return b.wait, b.wait > before
}

// Served records that a child has served, which ends the wait.
func (b *Backoff) Served() { *b = Backoff{} }

// Left returns the rest of the wait.
func (b *Backoff) Left(now time.Time) time.Duration { return max(0, b.until.Sub(now)) }
