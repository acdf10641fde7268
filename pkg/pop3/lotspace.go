package pop3

import "time"

// space is where a session is parked.
type space struct {
	session *session // nil: vacant
	uses    uint32   // tells an event of the session before from one of this session
	due     time.Duration
	place   int32 // in the queue
}

// notParked is the space of a session that is at work.
const notParked = -1

// takeSpace gives a session a space.
func (l *lot) takeSpace(s *session) int32 {
	if len(l.vacant) == 0 {
		l.spaces = append(l.spaces, space{})
		l.vacant = append(l.vacant, int32(len(l.spaces)-1))
	}
	i := l.vacant[len(l.vacant)-1]
	l.vacant = l.vacant[:len(l.vacant)-1]
	l.spaces[i].session = s
	l.spaces[i].uses++
	s.space = i
	return i
}

// remove ends the parking of the session in space i. The connection is still
// open, so that its descriptor is that of no other one. The timer may fire too
// early now, which does nothing.
func (l *lot) remove(i int32) {
	l.ready.remove(l.spaces[i].session.conn.descriptor())
	l.queue.remove(l.spaces, i)
	l.clear(i)
}

// expose lets others look at a session that is at work.
func (l *lot) expose(s *session) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if s.activity == nil {
		s.activity = l.activities.take(s)
	}
}

// hide keeps others from looking at a session that has ended.
func (l *lot) hide(s *session) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.dropActivity(s)
}

// hide keeps others from looking at the session, which has ended.
func (s *session) hide() {
	s.server.registry.lot.hide(s)
	if s.server.Board != nil {
		s.server.Board.Hide()
	}
}

func (l *lot) dropActivity(s *session) {
	if s.activity != nil {
		l.activities.give(s.activity)
		s.activity = nil
	}
}

func (l *lot) clear(i int32) {
	l.spaces[i].session.space = notParked
	l.spaces[i].session = nil
	l.vacant = append(l.vacant, i)
}

// move makes a session, which is not parked, one of another registry.
func (l *lot) move(s *session, next *registry) {
	l.mu.Lock()
	defer l.mu.Unlock()
	s.home.Store(next)
}
