package process

import "time"

// How long is waited after a child that ended without having served: not at
// all after the first, for it may have been killed, and then longer each time.
const (
	firstWait = time.Second
	lastWait  = time.Minute
)

// Backoff keeps children that end at once from being started in a tight loop.
// The zero value is one that has seen nothing. Times are those of its caller.
type Backoff struct {
	failed bool // once, and nothing was waited for
	wait   time.Duration
	until  time.Time
}

// Failed notes that a child ended, or could not be started, without having
// served, and returns how long to wait, and whether that is news: children that
// fail while it is waited add nothing, nor do they once the wait is as long as
// it gets.
func (b *Backoff) Failed(now time.Time) (wait time.Duration, news bool) {
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

// Served notes that a child has served: nothing is waited for any more.
func (b *Backoff) Served() { *b = Backoff{} }

// Left returns how long is still to be waited.
func (b *Backoff) Left(now time.Time) time.Duration { return max(0, b.until.Sub(now)) }
