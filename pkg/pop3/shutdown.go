package pop3

import (
	"context"
	"net"
)

// Shutdown closes the listeners and waits until all sessions have ended by
// themselves, or until ctx is done, whose error it then returns. A client that
// has not logged in has nothing to finish and gets an error reply.
func (s *Server) Shutdown(ctx context.Context) error {
	s.stopAccepting()
	s.wakeAll()
	done := make(chan struct{})
	go func() {
		s.registry.wait()
		close(done)
	}()
	select {
	case <-done:
		s.registry.lot.close() // It is empty.
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// wakeAll has the sessions that wait for a command look what is wanted of them.
func (s *Server) wakeAll() {
	s.registry.eachConn(wake)
	s.resumeAll(s.registry.lot.takeInterrupted())
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
	parked := s.registry.lot.close() // A connection is closed after it has left the lot.
	s.registry.eachConn(func(conn net.Conn) {
		_ = conn.Close() // The session closes it again and logs its end.
	})
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
	s.registry.close()
	s.listeners.close()
}
