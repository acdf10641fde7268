package pop3

import "net"

// start serves conn, for which a place has been taken, in a goroutine of its
// own.
func (s *Server) start(conn net.Conn, port Port) {
	t := s.enter(conn, true)
	b := t.Backend
	if own, ok := conn.(BackendConn); ok {
		b, port = own.Backend(), Port{}
	}
	s.placed.Add(1)
	go func() {
		defer s.freeSlot()
		s.serve(t, b, port, &Suspended{State: newState(b, conn), Conn: conn})
	}()
}

// ServeConn serves one session on conn, closes conn, and returns when the
// session has ended. It takes no place of those that bound Serve. With a nil b
// the session has the server's Backend.
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
	s.serve(t, b, port, &Suspended{State: newState(b, conn), Conn: conn})
	return nil
}

// serve serves a session from the state p on, and reports its end, unless it
// is suspended.
func (s *Server) serve(t *countedBackend, b *Backend, port Port, p *Suspended) {
	defer s.leave(t, p.Conn)
	ses := newSession(s, b, p)
	ses.port = port
	if b.Quiet {
		ses.run(s.ctx)
		ses.tx.close()
		_ = ses.conn.Close() // Usually it is closed already.
		return
	}
	s.stats.sessions.Add(1)
	defer s.stats.sessions.Add(-1)
	defer s.report(ses)
	ses.run(s.ctx)
}

// report passes the summary of a session that has ended to ended, or keeps a
// session that is suspended.
func (s *Server) report(ses *session) {
	if ses.ending != reasonSuspended {
		s.ended(ses.summary())
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.atRest = append(s.atRest, ses.suspended())
}
