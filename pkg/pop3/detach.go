package pop3

import (
	"net"
	"os"

	"golang.org/x/sys/unix"
)

// bare is the descriptor of a connection that is parked. The Go runtime keeps
// nearly a kilobyte for each connection it knows, much of it for ever, so it does
// not know this one.
type bare int

// Control calls f with the descriptor, as a syscall.RawConn does.
func (b bare) Control(f func(fd uintptr)) error {
	f(uintptr(b))
	return nil
}

// controller is a connection of which something can be asked.
type controller interface {
	Control(f func(fd uintptr)) error
}

// descriptor returns what the kernel knows the connection by.
func (c *timedConn) descriptor() controller {
	if c.Conn == nil {
		return bare(c.bare)
	}
	return c.raw
}

// detach keeps only the descriptor of the connection, if that is possible.
func (c *timedConn) detach(s *Server) {
	switch c.Conn.(type) {
	case *net.TCPConn, *net.UnixConn, *Socket:
	default:
		return // It may do more than its socket.
	}
	copied := -1
	_ = c.raw.Control(func(fd uintptr) {
		copied, _ = unix.FcntlInt(fd, unix.F_DUPFD_CLOEXEC, 0)
	})
	if copied < 0 {
		return // No descriptor is left: the connection stays as it is.
	}
	before := c.Conn
	s.mu.Lock()
	delete(s.conns, before)
	s.detached++
	c.Conn, c.raw, c.bare = nil, nil, int32(copied)
	s.mu.Unlock()
	_ = before.Close() // The copy keeps the connection open.
}

// attach makes a connection of the descriptor again.
func (c *timedConn) attach(s *Server) {
	if c.Conn != nil {
		return
	}
	conn := &Socket{File: os.NewFile(uintptr(c.bare), "connection"), ready: true}
	raw, _ := conn.SyscallConn() // It fails only for a nil File.
	s.mu.Lock()
	c.Conn, c.raw, c.deadline = conn, raw, 0
	s.detached--
	s.conns[conn] = c.session
	s.mu.Unlock()
	if s.ctx.Err() != nil {
		_ = conn.Close() // Close may have closed the connections before this one was among them.
	}
}

// interrupt wakes a session from another goroutine: it ends reads and writes.
func (s *Server) interrupt(ses *session) {
	if conn := s.connOf(ses); conn != nil {
		wake(conn)
	}
	s.wakeParked(ses)
}

// connOf returns the connection of a session, nil if it is detached or the session has gone to
// another server.
func (s *Server) connOf(ses *session) net.Conn {
	s.mu.Lock()
	defer s.mu.Unlock()
	if !s.has(ses) {
		return nil
	}
	return ses.conn.Conn
}
