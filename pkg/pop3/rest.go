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
// all of its sessions are parked. Goroutines may share it.
type work struct {
	lot       *lot
	closing   *request
	parkAfter time.Duration // usualParkAfter, except in tests

	sessions atomic.Int64
	ended    atomic.Int64 // how often one has ended or was parked
	looks    atomic.Bool  // a timer runs until lookForRest is called
}

// begin notes that a goroutine serves a session.
func (w *work) begin() { w.sessions.Add(1) }

// end notes that a session has ended or is parked. Some time after it work looks whether
// the server rests, once for all sessions that end meanwhile, and calls rest unless it is nil.
func (w *work) end(rest func()) {
	w.sessions.Add(-1)
	ended := w.ended.Add(1)
	if rest == nil || w.looks.Load() || !w.looks.CompareAndSwap(false, true) {
		return
	}
	time.AfterFunc(restAfter, func() { w.lookForRest(rest, restLooks, ended) })
}

// patience returns how long a session waits for a command before it is parked. It
// is shorter while many sessions are at work: each has a goroutine, and the Go
// runtime keeps some memory of each goroutine that there once was.
func (w *work) patience() time.Duration {
	if n := w.sessions.Load(); n > usualWorking {
		return w.parkAfter * usualWorking / time.Duration(n)
	}
	return w.parkAfter
}

// lookForRest calls rest if nearly all sessions wait. Otherwise it looks again, so many
// times in all. While there are only short sessions, memory that is given back is soon needed
// again: it waits until none ends any more. ended is how many had at the last look.
func (w *work) lookForRest(rest func(), looks int, ended int64) {
	if now := w.ended.Load(); now != ended && w.lot.parked() == 0 && !w.closing.hasBegun() {
		time.AfterFunc(restAfter, func() { w.lookForRest(rest, restLooks, now) })
		return
	}
	if looks > 1 && !w.rests() && !w.closing.hasBegun() {
		time.AfterFunc(restAgain, func() { w.lookForRest(rest, looks-1, ended) })
		return
	}
	w.looks.Store(false) // Before the last look: for work that ends after it there is another one.
	if w.rests() && !w.closing.hasBegun() {
		rest()
	}
}

// rests reports whether nearly all sessions wait.
func (w *work) rests() bool { return int(w.sessions.Load())*restShare <= w.lot.parked() }
