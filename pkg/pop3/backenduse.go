package pop3

import (
	"net"
	"sync"
	"sync/atomic"
)

// countedBackend counts the sessions that a Backend serves. They may be sessions of a Server and
// of its Successor, which have no lock in common. What hold adds counts as a session.
type countedBackend struct {
	*Backend
	sessions atomic.Int64
	released sync.Once
}

// currentBackend returns the Backend of new sessions.
func (s *Server) currentBackend() *Backend {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.backend.Backend
}

// SetBackend makes b the Backend of the sessions to come. The one before is
// released when its last session has ended. After Shutdown or Close b is
// released at once.
func (s *Server) SetBackend(b *Backend) {
	s.mu.Lock()
	next := &countedBackend{Backend: b}
	old := s.backend
	if s.closed {
		old = next
	}
	if !s.closed {
		s.backend = next
	}
	release := old.sessions.Load() == 0
	s.mu.Unlock()
	if release {
		old.release()
	}
}

func (t *countedBackend) release() {
	if t.Release != nil {
		t.released.Do(t.Release)
	}
}

// enter notes a connection and returns the Backend for it: nil when the server
// is closing, unless a listener had accepted the connection already. Its client
// must not be sent away.
func (s *Server) enter(conn net.Conn, accepted bool) *countedBackend {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed && !accepted {
		return nil
	}
	s.backend.sessions.Add(1)
	s.conns[conn] = nil
	s.sessions.Add(1)
	return s.backend
}

// leaves counts the end of a session of a Backend, and reports whether that is to be
// released now. The caller holds the lock.
func (s *Server) leaves(t *countedBackend) (release bool) {
	return t.sessions.Add(-1) == 0 && (t != s.backend || s.stopped)
}

// leave forgets a connection. A session that stays in this process keeps its Backend.
func (s *Server) leave(t *countedBackend, conn net.Conn, stays bool) {
	s.mu.Lock()
	delete(s.conns, conn)
	release := !stays && s.leaves(t)
	s.mu.Unlock()
	if release {
		t.release()
	}
	s.sessions.Done()
}

// hold keeps the Backend of a server that is closed from its release: a session that has left
// the server may go on in a Successor. finished takes it back.
func (s *Server) hold() {
	s.mu.Lock()
	defer s.mu.Unlock()
	if !s.held {
		s.held = true
		s.backend.sessions.Add(1)
	}
}

// finished notes that the server, which has no session, gets no further one.
func (s *Server) finished() {
	s.mu.Lock()
	s.stopped = true
	if s.held {
		s.held = false
		s.backend.sessions.Add(-1)
	}
	old, release := s.backend, s.backend.sessions.Load() == 0
	s.mu.Unlock()
	if release {
		old.release()
	}
}
