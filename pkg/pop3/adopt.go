package pop3

// adopt goes on with a session of another server of this process, which has suspended it and
// could not let it go. The session keeps its Backend, and what it holds of its guard.
func (s *Server) adopt(ses *session) error {
	s.mu.Lock()
	if s.closed {
		s.mu.Unlock()
		return ErrServerClosed
	}
	s.conns[ses.conn.Conn] = ses
	s.sessions.Add(1)
	s.mu.Unlock()
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
	s.leaveHome(server)
	s.server, s.ending, s.placed = server, "", false
	s.conn.shortened, s.conn.deadline = false, 0 // It counted from the start of the last server.
	s.conn.expireAt(s.ends())                    // The end of the last server has shortened it.
}

// leaveHome lets no goroutine of the last server look at the session or wake it any more. What
// such a goroutine has set before, the next server finds.
func (s *session) leaveHome(next *Server) {
	last := s.server
	last.mu.Lock()
	defer last.mu.Unlock()
	last.lot.mu.Lock()
	defer last.lot.mu.Unlock()
	s.home.Store(next)
}

// has reports whether the session is one of the server, and has not gone to another one. The
// caller holds a lock, of the server or of its lot, while that must not change.
func (s *Server) has(ses *session) bool { return ses.home.Load() == s }

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
	s.sessions.Wait()
	s.backend.end()
}
