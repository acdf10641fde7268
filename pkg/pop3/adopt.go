package pop3

// adopt goes on with a session of another server of this process, which has suspended it and
// could not let it go. The session keeps its Backend, and what it holds of its guard.
func (s *Server) adopt(ses *session) error {
	if !s.registry.add(ses.conn.Conn, ses, false) {
		return ErrServerClosed
	}
	ses.take(s)
	ses.count(&s.stats.sessions, 1)
	if ses.tx.mailbox != nil {
		ses.count(&s.stats.mailboxes, 1)
	}
	ses.conn.atOnce = true
	go s.serve(ses)
	return nil
}

// take makes the session, which is suspended, one of a server.
func (s *session) take(server *Server) {
	s.server.registry.move(s, server.registry)
	s.server, s.ending, s.placed = server, "", false
	s.conn.shortened, s.conn.deadline = false, 0 // It counted from the start of the last server.
	s.conn.expireAt(s.ends())                    // The end of the last server has shortened it.
}

// isIn reports whether the session is one of a registry, and has not gone to another one. The
// caller holds the lock of the registry or of its lot while that must not change.
func (s *session) isIn(r *registry) bool { return s.home.Load() == r }

// abandonStaying is abandon for a session that could not leave this process.
func (s *Server) abandonStaying(ses *session) {
	ses.take(s)
	if ses.tx.mailbox != nil {
		ses.count(&s.stats.mailboxes, 1) // until close takes it back
	}
	ses.goOn()
	ses.endWith(ErrTemporary, ErrServerClosed)
	ses.out.flush()
	ses.finish()
	s.report(ses)
	ses.counted.leave()
}

// Successor returns a server without listeners for sessions that this one has suspended. It
// shares AskTakeOver, what observes sessions, and the Backend of new sessions, which is released
// when neither server needs it any more. After SuspendWithin that is not before Wait, Suspend or Close of this
// server has returned, and one of these of the Successor.
func (s *Server) Successor() *Server {
	next := newServer(s.backend.use(), 1, s.log, s.ended)
	next.Rest, next.Observer, next.Recorder, next.AskTakeOver = s.Rest, s.Observer, s.Recorder, s.AskTakeOver
	if m, ok := s.ctx.Value(meterKey{}).(Meter); ok {
		next.SetMeter(m)
	}
	return next
}

// Wait returns when the server has no session. It must have no listener, and get no session
// by Resume any more: Wait for a server before its Successor.
func (s *Server) Wait() {
	s.registry.wait()
	s.backend.end()
}
