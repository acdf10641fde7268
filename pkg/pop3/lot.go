package pop3

import (
	"sync"
	"time"
)

// lot holds the sessions of a server that wait for their clients: neither a
// goroutine nor a buffer waits with them. One goroutine waits for all
// connections and one timer for all times. A session leaves the lot when its
// client has sent something, when its time has come, or when another goroutine
// wakes it. Then resume is called in a goroutine of its own.
//
// A session that has been parked belongs to no goroutine, and the lock guards it.
// Whatever interrupts a session is set first; then the session is woken. Since
// park looks for interruptions under the lock, none is missed.
type lot struct {
	resume     func(*session)
	registry   *registry // that it is a part of, see isIn
	activities activities

	mu     sync.Mutex
	ready  *readiness // nil until the first session is parked
	spaces []space
	vacant []int32 // the free ones
	queue  dueQueue
	timer  *time.Timer // runs until the first of queue is due; nil until the first session is parked
	closed bool
}

// park takes a session until its client has sent something or due has come. Then
// the session is no longer the caller's. It returns false if the session has to
// go on at once, or cannot be parked.
func (l *lot) park(s *session, due time.Time) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.closed || s.interrupted() {
		return false
	}
	if l.ready == nil && !l.open() {
		s.conn.parks = false
		return false
	}
	i := l.takeSpace(s)
	if err := l.ready.add(s.conn.descriptor(), event{i, l.spaces[i].uses}); err != nil {
		l.clear(i)
		s.conn.parks = false
		return false
	}
	// A time that came with a handover has no reading of the monotonic clock. Since
	// the date may have changed after base, only its distance from now is right.
	now := time.Now()
	l.spaces[i].due = l.queue.since(now) + due.Sub(now)
	l.queue.push(l.spaces, i)
	l.setTimer(i)
	l.dropActivity(s)
	return true
}

// open starts what waits for connections. It returns false if the system has no
// descriptor left.
func (l *lot) open() bool {
	ready, err := newReadiness()
	if err != nil {
		return false
	}
	l.ready = ready
	l.queue.base = time.Now()
	go l.watch(ready)
	return true
}

// watch resumes sessions whose clients have sent something, until ready is closed.
func (l *lot) watch(ready *readiness) {
	for events := range ready.events {
		l.mu.Lock()
		var woken []*session
		for _, e := range events {
			if p := &l.spaces[e.space]; p.session != nil && p.uses == e.uses {
				woken = append(woken, p.session)
				l.remove(e.space)
			}
		}
		l.mu.Unlock()
		l.resumeAll(woken)
	}
}

// expire resumes the sessions whose time has come.
func (l *lot) expire() {
	l.mu.Lock()
	var due []*session
	now := l.queue.since(time.Now())
	for len(l.queue.order) > 0 && l.spaces[l.queue.order[0]].due <= now {
		i := l.queue.order[0]
		due = append(due, l.spaces[i].session)
		l.remove(i)
	}
	if len(l.queue.order) > 0 {
		l.setTimer(l.queue.order[0])
	}
	l.mu.Unlock()
	l.resumeAll(due)
}

// setTimer makes the timer fire for the session in space i if that is the first.
func (l *lot) setTimer(i int32) {
	if l.closed || l.queue.order[0] != i {
		return
	}
	wait := l.spaces[i].due - l.queue.since(time.Now())
	if l.timer == nil {
		l.timer = time.AfterFunc(wait, l.expire)
		return
	}
	l.timer.Reset(wait)
}

// wake resumes a session if it is parked.
func (l *lot) wake(s *session) {
	l.mu.Lock()
	parked := s.isIn(l.registry) && s.space != notParked
	if parked {
		l.remove(s.space)
	}
	l.mu.Unlock()
	if parked {
		go l.resume(s)
	}
}

// parked returns how many sessions are parked.
func (l *lot) parked() int {
	l.mu.Lock()
	defer l.mu.Unlock()
	return len(l.queue.order)
}

// takeInterrupted removes the sessions that have to end or to be suspended, and
// returns them.
func (l *lot) takeInterrupted() []*session {
	return l.take((*session).interrupted)
}

// close removes all sessions and returns them. No session is parked any more.
func (l *lot) close() []*session {
	l.mu.Lock()
	l.closed = true
	l.mu.Unlock()
	left := l.take(func(*session) bool { return true })
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.ready != nil {
		l.ready.close()
	}
	if l.timer != nil {
		l.timer.Stop()
	}
	return left
}

func (l *lot) take(wanted func(*session) bool) (taken []*session) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for i := range l.spaces {
		if s := l.spaces[i].session; s != nil && wanted(s) {
			l.remove(int32(i))
			taken = append(taken, s)
		}
	}
	return taken
}

func (l *lot) resumeAll(sessions []*session) {
	for _, s := range sessions {
		go l.resume(s)
	}
}
