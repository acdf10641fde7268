package pop3

import "net"

// BackendConn is a connection that a listener accepts and that is served with a
// Backend of its own, without TLS: that of a test of the server, which takes the
// way of all clients.
type BackendConn interface {
	net.Conn
	Backend() *Backend
}

// freePlace gives back the place of a session.
func (s *Server) freePlace() {
	s.placed.Add(-1)
	<-s.slots
}

// Full reports whether sessions hold so many places that a call of Serve may have
// to wait for one before it accepts a connection.
func (s *Server) Full() bool {
	s.mu.Lock()
	listeners := len(s.listeners)
	s.mu.Unlock()
	return int(s.placed.Load())+max(0, listeners-1) >= cap(s.slots)
}

// Connections returns how many connections the server has, from the moment that
// their listener has accepted them, whether or not their sessions have begun.
func (s *Server) Connections() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.conns)
}
