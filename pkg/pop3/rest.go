package pop3

import (
	"sync/atomic"
	"time"
)

// restAfter is how long after work a server looks whether it rests.
const restAfter = 400 * time.Millisecond

// restShare is how many sessions wait for each one at work in a server that rests.
const restShare = 64

// work counts the sessions that goroutines serve. A server rests when nearly
// all of its sessions are parked.
type work struct {
	sessions atomic.Int64
	looks    atomic.Bool // the timer of look runs
}

// begin notes that a goroutine serves a session.
func (w *work) begin() { w.sessions.Add(1) }

// end notes that a session has ended or is parked. Some time after it look is
// called, once for all sessions that end meanwhile.
func (w *work) end(look func()) {
	w.sessions.Add(-1)
	if w.looks.Load() || !w.looks.CompareAndSwap(false, true) {
		return
	}
	time.AfterFunc(restAfter, func() {
		w.looks.Store(false)
		look()
	})
}

// lookForRest calls Rest if nearly all sessions wait.
func (s *Server) lookForRest() {
	if working := int(s.work.sessions.Load()); working*restShare <= s.lot.parked() && !s.isClosing() {
		s.Rest()
	}
}
