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
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// wakeAll has the sessions that wait for a command look what is wanted of them.
func (s *Server) wakeAll() {
	s.mu.Lock()
	defer s.mu.Unlock()
	for conn := range s.conns {
		wake(conn)
	}
}

// Close closes the listeners and all connections, whatever they are doing, and
// waits until the sessions have given back what they hold. A QUIT whose
// deletions have begun is finished.
func (s *Server) Close() {
	s.cancel(ErrServerClosed)
	s.stopAccepting()
	s.mu.Lock()
	for conn := range s.conns {
		_ = conn.Close() // The session closes it again and logs its end.
	}
	s.mu.Unlock()
	s.sessions.Wait()
}

// stopAccepting closes the listeners and returns when no more connections come
// from them.
func (s *Server) stopAccepting() {
	s.closeListeners()
	s.accepting.Wait()
	s.mu.Lock()
	defer s.mu.Unlock()
	if !s.stopped && s.backend.sessions == 0 {
		defer s.backend.release()
	}
	s.stopped = true
}

func (s *Server) closeListeners() {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return
	}
	s.closed = true
	close(s.closing)
	for l := range s.listeners {
		_ = l.Close() // Serve sees it as the error of Accept.
	}
}
