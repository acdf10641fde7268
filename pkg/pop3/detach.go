package pop3

import (
	"net"
	"os"
	"syscall"

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
func (c *timedConn) detach(r *registry) {
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
	r.detach(c, int32(copied))
	_ = before.Close() // The copy keeps the connection open.
}

// attach makes a connection of the descriptor again.
func (c *timedConn) attach(s *Server) {
	if c.Conn != nil {
		return
	}
	conn := &Socket{File: os.NewFile(uintptr(c.bare), "connection"), ready: true}
	raw, _ := conn.SyscallConn() // It fails only for a nil File.
	s.registry.attach(c, conn, raw)
	if s.ctx.Err() != nil {
		_ = conn.Close() // Close may have closed the connections before this one was among them.
	}
}

// detach forgets the net.Conn of a connection that is detached.
func (r *registry) detach(c *timedConn, descriptor int32) {
	r.mu.Lock()
	defer r.mu.Unlock()
	delete(r.conns, c.Conn)
	r.detached++
	c.Conn, c.raw, c.bare = nil, nil, descriptor
}

// attach notes the net.Conn that a connection has again.
func (r *registry) attach(c *timedConn, conn net.Conn, raw syscall.RawConn) {
	r.mu.Lock()
	defer r.mu.Unlock()
	c.Conn, c.raw, c.deadline = conn, raw, 0
	r.detached--
	r.conns[conn] = c.session
}
