package pop3

import "context"

// Shutdown closes the listeners and waits until all sessions have ended by
// themselves, or until ctx is done, whose error it then returns. A client that
// has not logged in has nothing to finish and gets an error reply.
func (s *Server) Shutdown(ctx context.Context) error {
	s.stopAccepting()
	s.wakeAll()
	done := make(chan struct{})
	go func() {
		s.sessions.Wait()
		close(done)
	}()
	select {
	case <-done:
		s.lot.close() // It is empty.
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// wakeAll has the sessions that wait for a command look what is wanted of them.
func (s *Server) wakeAll() {
	s.mu.Lock()
	for conn := range s.conns {
		wake(conn)
	}
	s.mu.Unlock()
	s.resumeAll(s.lot.takeInterrupted())
}

// resumeAll has sessions go on that were parked. One that is suspended does not
// wait for its client, so that a hundred thousand need no goroutines.
func (s *Server) resumeAll(sessions []*session) {
	for _, ses := range sessions {
		if ses.canSuspend() {
			s.serve(ses)
		} else {
			go s.serve(ses)
		}
	}
}

// Close closes the listeners and all connections, whatever they are doing, and
// waits until the sessions have given back what they hold. A QUIT whose
// deletions have begun is finished.
func (s *Server) Close() {
	s.cancel(ErrServerClosed)
	s.stopAccepting()
	parked := s.lot.close() // A connection is closed after it has left the lot.
	s.mu.Lock()
	for conn := range s.conns {
		_ = conn.Close() // The session closes it again and logs its end.
	}
	s.mu.Unlock()
	for _, ses := range parked {
		go s.serve(ses)
	}
	s.Wait()
}

// stopAccepting closes the listeners and returns when no more connections come
// from them.
func (s *Server) stopAccepting() {
	s.closeListeners()
	s.listeners.wait()
	s.backend.stop()
}

// closeListeners closes the listeners. From then on only what they have accepted is served.
func (s *Server) closeListeners() {
	s.mu.Lock()
	s.closed = true
	s.mu.Unlock()
	s.listeners.close()
}
