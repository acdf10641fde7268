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

// A server that does not rest yet is looked at again soon, since the sessions that
// were the last at work are about to be parked, but not for as long as one is at work.
const (
	restAgain = 50 * time.Millisecond
	restLooks = 10
)

// restShare is how many sessions wait for each one at work in a server that rests.
const restShare = 64

// work counts the sessions that goroutines serve. A server rests when nearly
// all of its sessions are parked.
type work struct {
	sessions atomic.Int64
	ended    atomic.Int64 // how often one has ended or was parked
	looks    atomic.Bool  // a timer runs until lookForRest is called
}

// endWork notes that a session has ended or is parked. Some time after it the
// server looks whether it rests, once for all sessions that end meanwhile.
func (s *Server) endWork() {
	w := &s.work
	w.sessions.Add(-1)
	ended := w.ended.Add(1)
	if s.Rest == nil || w.looks.Load() || !w.looks.CompareAndSwap(false, true) {
		return
	}
	time.AfterFunc(restAfter, func() { s.lookForRest(restLooks, ended) })
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

// lookForRest calls Rest if nearly all sessions wait. Otherwise it looks again, so many
// times in all. While there are only short sessions, memory that is given back is soon needed
// again: it waits until none ends any more. ended is how many had at the last look.
func (s *Server) lookForRest(looks int, ended int64) {
	if now := s.work.ended.Load(); now != ended && s.registry.lot.parked() == 0 && !s.closing.hasBegun() {
		time.AfterFunc(restAfter, func() { s.lookForRest(restLooks, now) })
		return
	}
	if looks > 1 && !s.rests() && !s.closing.hasBegun() {
		time.AfterFunc(restAgain, func() { s.lookForRest(looks-1, ended) })
		return
	}
	s.work.looks.Store(false) // Before the last look: for work that ends after it there is another one.
	if s.rests() && !s.closing.hasBegun() {
		s.Rest()
	}
}

// rests reports whether nearly all sessions wait.
func (s *Server) rests() bool {
	return int(s.work.sessions.Load())*restShare <= s.registry.lot.parked()
}
