package pop3

import "net"

// BackendConn is a connection that a listener accepts and that is served with a
// Backend of its own, without TLS: the connection of a self test, which is served
// like that of any client.
type BackendConn interface {
	net.Conn
	Backend() *Backend
}

// start serves conn, for which a place has been taken, in a goroutine of its own.
func (s *Server) start(conn net.Conn, port Port) {
	t := s.enter(conn, true)
	b := t.Backend
	if own, ok := conn.(BackendConn); ok {
		b, port = own.Backend(), Port{}
	}
	s.places.take()
	s.crew.run(func() bool {
		ses := s.newServed(t, b, port, &Suspended{State: newState(b, conn), Conn: conn})
		ses.placed = true
		ses.conn.parks = ses.conn.raw != nil
		return s.serve(ses) // While sessions are parked, no goroutine waits for others.
	})
}

// ServeConn serves one session on conn, closes conn, and returns when the
// session has ended. It does not return if that ends the calling goroutine, with
// its thread: only deferred calls run then. It takes no place of those that bound
// Serve. With a nil b the session has the server's Backend.
func (s *Server) ServeConn(conn net.Conn, port Port, b *Backend) error {
	t := s.enter(conn, false)
	if t == nil {
		_ = conn.Close() // Nothing was sent on it.
		return ErrServerClosed
	}
	if b == nil {
		b = t.Backend
	}
	b.mustServe()
	s.serve(s.newServed(t, b, port, &Suspended{State: newState(b, conn), Conn: conn}))
	return nil
}

// enter notes a connection and returns the Backend for it: nil when the server
// is closing, unless a listener had accepted the connection already.
func (s *Server) enter(conn net.Conn, accepted bool) *countedBackend {
	t := s.backend.use() // Before add: from then on the server may end its own use.
	if !s.registry.add(conn, nil, accepted) {
		t.leave()
		return nil
	}
	return t
}

// newServed returns a session that continues p, for serve.
func (s *Server) newServed(t *countedBackend, b *Backend, port Port, p *Suspended) *session {
	ses := newSession(s, b, p)
	ses.port, ses.counted = port, t
	s.registry.show(p.Conn, ses)
	ses.count(&s.stats.sessions, 1)
	return ses
}

// serve serves a session until it has ended, and returns true, or is parked. A
// parked one goes on with another call.
func (s *Server) serve(ses *session) (ended bool) {
	s.work.begin()
	defer s.work.end(s.Rest)
	ended = true // also if run does not return, see errDiscarded
	defer func() {
		if ended {
			defer s.forget(ses)
			ses.finish()
		}
	}()
	ended = !ses.run(s.ctx)
	return ended
}

// forget gives back what the server holds of a session that has ended.
func (s *Server) forget(ses *session) {
	conn, placed, stays := ses.conn.Conn, ses.placed, ses.ending == reasonSuspended && ses.stays()
	if ses.backend.Quiet {
		ses.tx.close()
		_ = conn.Close() // Usually it is closed already.
	} else {
		s.report(ses)
		s.stats.sessions.Add(-1)
	}
	s.registry.remove(conn)
	if !stays { // A session that stays in this process keeps its Backend.
		ses.counted.leave()
	}
	s.registry.done()
	if placed {
		s.places.free()
	}
}

// report passes the summary of a session that has ended to ended, or keeps a
// session that is suspended.
func (s *Server) report(ses *session) {
	if ses.ending != reasonSuspended {
		s.ended(ses.summary())
		return
	}
	s.registry.keep(ses.suspended())
}
