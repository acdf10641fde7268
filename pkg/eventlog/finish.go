package eventlog

import "time"

// How long finish waits: flushTime without progress, slowTime with progress or while there
// are vital records, and lastTime more for all records that are not bulk.
const (
	flushTime = 2 * time.Second
	slowTime  = 10 * time.Second
	lastTime  = 3 * time.Second
)

// finish writes the records in the queue and ends the goroutine. It reports whether all
// were written. If the goroutine is blocked in a write, it ends when the write returns.
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

// end waits for the goroutine to end, at most for the given time and only while records
// are written or there are vital records. It reports whether the goroutine has ended, and
// otherwise whether to go on waiting may help.
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
		if w.written.Load() == before && w.vital.Load() == 0 {
			return false, false
		}
	}
	return false, true
}
