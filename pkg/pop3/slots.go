package pop3

import "net"

// BackendConn is a connection that a listener accepts and that is served with a
// Backend of its own, without TLS: the connection of a self test, which is served
// like that of any client.
type BackendConn interface {
	net.Conn
	Backend() *Backend
}

// freeSlot frees the slot of a session.
func (s *Server) freeSlot() {
	s.placed.Add(-1)
	<-s.slots
}

// Full reports whether so many slots are in use that a call of Serve may have to
// wait for one before it accepts a connection.
func (s *Server) Full() bool {
	return int(s.placed.Load())+max(0, s.listeners.count()-1) >= cap(s.slots)
}

// Connections returns how many connections the listeners have accepted and the
// server has not closed, whether or not their sessions have begun. Those at rest count
// until Suspend, SuspendWithin or Later has passed them on.
func (s *Server) Connections() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.conns) + s.detached + len(s.atRest)
}
