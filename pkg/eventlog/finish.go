package eventlog

import "time"

// How long finish waits: flushTime while nothing is written, slowTime as long
// as something is, and lastTime more for all but records that come in masses.
const (
	flushTime = 2 * time.Second
	slowTime  = 10 * time.Second
	lastTime  = 3 * time.Second
)

// finish writes what is in the queue and ends the goroutine. It reports whether
// all was written. A goroutine that is held up in a write ends when that
// returns.
func (w *writer) finish() bool {
	w.ending.Store(true)
	w.close()
	ended, moving := w.end(slowTime)
	if moving && !ended {
		w.hurried.Store(true)
		w.end(lastTime)
	}
	w.givenUp.Store(true)
	return ended
}

// end waits for the goroutine to end, at most for the given time and not while
// nothing is written. It reports whether it has ended, and otherwise whether
// something was still being written.
func (w *writer) end(most time.Duration) (ended, moving bool) {
	for left := most; left > 0; left -= flushTime {
		before := w.written.Load()
		timer := time.NewTimer(min(left, flushTime))
		select {
		case <-w.done:
			timer.Stop()
			return true, true
		case <-timer.C:
		}
		if w.written.Load() == before {
			return false, false
		}
	}
	return false, true
}
