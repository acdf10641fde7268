package pop3

import (
	"sync/atomic"
	"time"
)

// usualParkAfter is how long a session waits for a command before it is parked,
// which costs more than a short wait.
const usualParkAfter = 250 * time.Millisecond

// usualWorking is how many sessions may be at work before they wait for a shorter
// time.
const usualWorking = 64

// restAfter is how long after work a server looks whether it rests.
const restAfter = 400 * time.Millisecond

// restShare is how many sessions wait for each one at work in a server that rests.
const restShare = 64

// work counts the sessions that goroutines serve. A server rests when nearly
// all of its sessions are parked.
type work struct {
	sessions atomic.Int64
	looks    atomic.Bool // a timer runs until lookForRest is called
}

// endWork notes that a session has ended or is parked. Some time after it the
// server looks whether it rests, once for all sessions that end meanwhile.
func (s *Server) endWork() {
	w := &s.work
	w.sessions.Add(-1)
	if s.Rest == nil || w.looks.Load() || !w.looks.CompareAndSwap(false, true) {
		return
	}
	time.AfterFunc(restAfter, func() {
		w.looks.Store(false)
		s.lookForRest()
	})
}

// patience returns how long a session waits for a command before it is parked. It
// is shorter while many sessions are at work: each has a goroutine, and the Go
// runtime keeps some memory of each goroutine that there once was.
func (s *Server) patience() time.Duration {
	if n := s.work.sessions.Load(); n > usualWorking {
		return s.parkAfter * usualWorking / time.Duration(n)
	}
	return s.parkAfter
}

// lookForRest calls Rest if nearly all sessions wait.
func (s *Server) lookForRest() {
	if working := int(s.work.sessions.Load()); working*restShare <= s.lot.parked() && !s.isClosing() {
		s.Rest()
	}
}
