package pop3

import "sync/atomic"

// places bounds how many connections a server serves at once. Goroutines may share it.
type places struct {
	used  chan struct{} // one element for each place that is taken or reserved
	taken atomic.Int64  // of these, those that have a connection
}

func newPlaces(max int) *places { return &places{used: make(chan struct{}, max)} }

// reserve waits for a place for a connection to come, or returns false when the server is
// closing. The caller has to take or cancel the place.
func (p *places) reserve(closing *request) bool {
	select {
	case p.used <- struct{}{}:
		return !closing.hasBegun()
	case <-closing.begun:
		return false
	}
}

// cancel gives a reserved place back.
func (p *places) cancel() { <-p.used }

// take takes the reserved place for a connection that has come.
func (p *places) take() { p.taken.Add(1) }

// takeFree takes a place without a wait, or returns false if none is free.
func (p *places) takeFree() bool {
	select {
	case p.used <- struct{}{}:
		p.taken.Add(1)
		return true
	default:
		return false
	}
}

// free gives a place that was taken back.
func (p *places) free() {
	p.taken.Add(-1)
	<-p.used
}

// full reports whether one of so many calls of Serve may have to wait for a place.
func (p *places) full(serving int) bool {
	return int(p.taken.Load())+max(0, serving-1) >= cap(p.used)
}
