package pop3

import "context"

// Shutdown closes the listeners and waits until all sessions have ended by
// themselves, or until ctx is done, whose error it then returns.
func (s *Server) Shutdown(ctx context.Context) error {
	s.stopAccepting()
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

// Close closes the listeners and all connections, whatever they are doing, and
// waits until the sessions have given back what they hold. A QUIT whose
// deletions have begun is finished.
func (s *Server) Close() {
	s.stopAccepting()
	s.cancel(ErrServerClosed)
	s.mu.Lock()
	for conn := range s.conns {
		_ = conn.Close() // The session closes it again and has its own say.
	}
	s.mu.Unlock()
	s.sessions.Wait()
}

func (s *Server) stopAccepting() {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.backend == nil {
		return
	}
	if s.backend.sessions == 0 {
		defer s.backend.release()
	}
	s.last, s.backend = s.backend, nil
	close(s.closing)
	for l := range s.listeners {
		_ = l.Close() // Serve sees it as the error of Accept.
	}
}
