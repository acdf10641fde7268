package pop3

import (
	"net"
	"sync"
)

// registry has the sessions of a server with their connections: those at work, those that are
// parked, and those at rest until they are passed on. Other goroutines find sessions here.
// Goroutines may share it.
//
// Its lock guards the fields after it, and a change of the net.Conn of a session. The lot
// has its own lock, which may be taken while this one is held, but not the other way round.
type registry struct {
	lot lot

	unfinished sync.WaitGroup // sessions, from add to done

	mu       sync.Mutex
	closed   bool                  // only connections that were accepted are added any more
	conns    map[net.Conn]*session // nil before the session has begun
	detached int                   // connections of parked sessions that are not in conns
	atRest   []*Suspended
	later    func(*Suspended) // gets them instead, see passOn
}

// newRegistry returns an empty registry. resume is called to go on with a session that was
// parked.
func newRegistry(resume func(*session)) *registry {
	r := &registry{conns: make(map[net.Conn]*session)}
	r.lot.resume, r.lot.registry = resume, r
	return r
}

// add notes a connection, whose session is nil before it has begun. It returns false if the
// registry is closed, unless a listener had accepted the connection already: its client must
// not be sent away. The caller calls remove and done.
func (r *registry) add(conn net.Conn, ses *session, accepted bool) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.closed && !accepted {
		return false
	}
	r.conns[conn] = ses
	r.unfinished.Add(1)
	return true
}

// show lets others find the session of a connection that was added.
func (r *registry) show(conn net.Conn, ses *session) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.conns[conn] = ses
}

// remove forgets a connection that is closed or goes on elsewhere.
func (r *registry) remove(conn net.Conn) {
	r.mu.Lock()
	defer r.mu.Unlock()
	delete(r.conns, conn)
}

// done notes that a session has given back all that it held.
func (r *registry) done() { r.unfinished.Done() }

// wait returns when done was called for all sessions.
func (r *registry) wait() { r.unfinished.Wait() }

// close lets add refuse connections that were not accepted yet.
func (r *registry) close() {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.closed = true
}

// eachConn calls f with each connection that is not detached.
func (r *registry) eachConn(f func(net.Conn)) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for conn := range r.conns {
		f(conn)
	}
}

// count returns how many connections there are, with those of sessions at rest.
func (r *registry) count() int {
	r.mu.Lock()
	defer r.mu.Unlock()
	return len(r.conns) + r.detached + len(r.atRest)
}

// keep moves a session that is suspended to those at rest, or passes it on. Its connection is
// forgotten, so that it is not closed while the session goes on elsewhere.
func (r *registry) keep(p *Suspended) {
	r.mu.Lock()
	delete(r.conns, p.Conn)
	later := r.later
	if later == nil {
		r.atRest = append(r.atRest, p)
	}
	r.mu.Unlock()
	if later != nil {
		later(p)
	}
}

// takeAtRest returns the sessions at rest and forgets them.
func (r *registry) takeAtRest() []*Suspended {
	r.mu.Lock()
	defer r.mu.Unlock()
	atRest := r.atRest
	r.atRest = nil
	return atRest
}

// passOn calls f with each session at rest, and with each that keep gets from now on.
func (r *registry) passOn(f func(*Suspended)) {
	r.mu.Lock()
	r.later = f
	r.mu.Unlock()
	for _, p := range r.takeAtRest() {
		f(p)
	}
}

// move makes a session, which is suspended, one of another registry. From then on no goroutine that
// has found it here looks at it or wakes it. What such a goroutine has set before, the next
// server finds.
func (r *registry) move(ses *session, next *registry) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.lot.move(ses, next)
}

// connOf returns the connection of a session, nil if it is detached or the session has gone to
// another server.
func (r *registry) connOf(ses *session) net.Conn {
	r.mu.Lock()
	defer r.mu.Unlock()
	if !ses.isIn(r) {
		return nil
	}
	return ses.conn.Conn
}

// interrupt wakes a session from another goroutine: it ends reads and writes.
func (r *registry) interrupt(ses *session) {
	if conn := r.connOf(ses); conn != nil {
		wake(conn)
	}
	r.lot.wake(ses)
}
