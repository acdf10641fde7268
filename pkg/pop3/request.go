package pop3

import (
	"sync"
	"time"
)

// request is something that a server wants of all its sessions from some time on. It is not
// taken back. Make one with newRequest. Goroutines may share it.
type request struct {
	once  sync.Once
	begun chan struct{} // closed by begin
}

func newRequest() *request { return &request{begun: make(chan struct{})} }

// begin makes the request. A second call does nothing.
func (r *request) begin() { r.once.Do(func() { close(r.begun) }) }

// hasBegun reports whether the request has been made.
func (r *request) hasBegun() bool {
	select {
	case <-r.begun:
		return true
	default:
		return false
	}
}

// pause waits for d, or until the request is made.
func (r *request) pause(d time.Duration) {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
	case <-r.begun:
	}
}
