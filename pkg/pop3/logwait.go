package pop3

import (
	"context"
	"time"
)

// logTimeout is how long the records of one command, one for each message, may
// wait for room in the log.
const logTimeout = 20 * time.Second

// logWait is the context of the records of one command. It ends with the context
// in it, or logTimeout after the first wait: records rarely wait, and a timer for
// each message would cost more than its record. One goroutine uses it.
type logWait struct {
	context.Context
	limited context.Context // nil before the first wait
	stop    context.CancelFunc
}

// Done implements context.Context. It is called to wait.
func (w *logWait) Done() <-chan struct{} {
	if w.limited == nil {
		w.limited, w.stop = context.WithTimeout(w.Context, logTimeout)
	}
	return w.limited.Done()
}

// Err implements context.Context.
func (w *logWait) Err() error {
	if w.limited == nil {
		return w.Context.Err()
	}
	return w.limited.Err()
}

// end stops the timer, if there is one.
func (w *logWait) end() {
	if w.stop != nil {
		w.stop()
	}
}
