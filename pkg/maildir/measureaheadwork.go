package maildir

import "errors"

// work is what a goroutine has done that measures ahead.
type work struct {
	tried, notPlain int   // since isWasted last decided
	messages        int   // since the last rest
	octets          int64 // of texts that were read, since the last rest
}

// add adds a message that was measured, or was not because of err.
func (w *work) add(size measured, err error) {
	w.tried++
	if errors.Is(err, errNotPlain) {
		w.notPlain++
	}
	w.messages++
	w.octets += size.read
}

// isWasted reports whether most messages of the last batch, or of several with few
// unknown ones, are compressed.
func (w *work) isWasted() bool {
	if w.tried < aheadBatch {
		return false
	}
	wasted := 2*w.notPlain > w.tried
	w.tried, w.notPlain = 0, 0
	return wasted
}

// needsRest reports whether a helper has to rest now.
func (w *work) needsRest() bool {
	if w.messages < aheadMessages && w.octets < aheadOctets {
		return false
	}
	w.messages, w.octets = 0, 0
	return true
}
