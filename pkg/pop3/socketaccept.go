package pop3

import (
	"errors"
	"net"
	"os"
	"sync/atomic"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

// SocketListener accepts from a TCP listener with two calls for each connection: they
// inherit the options of the listener. Only one goroutine may call Accept; all other
// methods may be called by several.
type SocketListener struct {
	file    *os.File
	raw     syscall.RawConn
	addr    net.Addr
	local   net.Addr // of all connections; nil if it has to be asked for
	options bool     // each connection that arrives is plain TCP, and inherits the options
	drained bool     // none is left of those that had arrived before that
	closed  atomic.Bool

	accept func(fd uintptr) (done bool) // one attempt, with these results:
	fd     int
	peer   syscall.Sockaddr
	failed error
}

// NewSocketListener returns a listener of the same socket as l, which it closes, also after
// an error. The caller closes it. The error is that of the system: descriptors are
// exhausted.
func NewSocketListener(l *net.TCPListener) (*SocketListener, error) {
	defer l.Close() // The listener has a duplicate.
	from, err := l.SyscallConn()
	if err != nil {
		return nil, err
	}
	n := -1
	s := &SocketListener{addr: l.Addr()}
	outer := from.Control(func(fd uintptr) {
		n, err = unix.FcntlInt(fd, unix.F_DUPFD_CLOEXEC, 0)
		s.options = SetSocketOptions(int(fd)) == nil && isPlain(int(fd))
	})
	if err = errors.Join(outer, err); err != nil {
		return nil, err
	}
	s.file = os.NewFile(uintptr(n), "listener")
	s.raw, _ = s.file.SyscallConn() // It fails only for a nil File.
	if a, ok := s.addr.(*net.TCPAddr); ok && !a.IP.IsUnspecified() {
		s.local = a
	}
	s.accept = s.tryAccept
	return s, nil
}

// tryAccept accepts a connection, unless none waits. A client that has left meanwhile is
// none.
func (l *SocketListener) tryAccept(fd uintptr) (done bool) {
	for {
		l.fd, l.peer, l.failed = syscall.Accept4(int(fd), unix.SOCK_NONBLOCK|unix.SOCK_CLOEXEC)
		if l.failed != unix.EINTR && l.failed != unix.ECONNABORTED {
			l.drained = l.drained || l.failed == unix.EAGAIN
			return l.failed != unix.EAGAIN
		}
	}
}

// Accept implements net.Listener.
func (l *SocketListener) Accept() (net.Conn, error) {
	err := l.raw.Read(l.accept)
	switch {
	case err != nil && l.closed.Load():
		return nil, net.ErrClosed // RawConn.Read has an error of its own for that.
	case err != nil:
		return nil, err
	case l.failed != nil:
		return nil, &net.OpError{Op: "accept", Net: "tcp", Addr: l.addr, Err: os.NewSyscallError("accept4", l.failed)}
	}
	file := os.NewFile(uintptr(l.fd), "connection")
	local := l.local
	if local == nil {
		local = tcpName(l.fd, syscall.Getsockname)
	}
	return accepted(file, l.fd, local, tcpAddr(l.fd, l.peer), l.options && l.drained), nil
}

// AcceptedSocket returns the connection of a non-blocking file, which belongs to it. It has
// the options of SetSocketOptions. The result is nil if the file is no TCP connection, or
// its client has disconnected.
func AcceptedSocket(file *os.File) *Socket {
	raw, err := file.SyscallConn()
	if err != nil {
		return nil
	}
	var s *Socket
	_ = raw.Control(func(fd uintptr) {
		local, remote := tcpName(int(fd), syscall.Getsockname), tcpName(int(fd), syscall.Getpeername)
		if local != nil && remote != nil {
			s = accepted(file, int(fd), local, remote, false)
		}
	})
	return s
}

// accepted returns a connection. Unless it is known to have the options, it gets them if
// it has not inherited them.
func accepted(file *os.File, fd int, local, remote net.Addr, options bool) *Socket {
	if !options && !hasOptions(fd) {
		_ = SetSocketOptions(fd) // Without them the connection can be used as well.
	}
	return &Socket{file, local, remote, true}
}

// hasOptions reports whether a connection has inherited the options. Of MPTCP that is not
// known for all.
func hasOptions(fd int) bool {
	// SetSocketOptions sets it last.
	octets, err := unix.GetsockoptInt(fd, unix.IPPROTO_TCP, unix.TCP_NOTSENT_LOWAT)
	return err == nil && octets == maxUnsent && isPlain(fd)
}

// isPlain reports whether a socket is one of TCP, not of MPTCP.
func isPlain(fd int) bool {
	protocol, err := unix.GetsockoptInt(fd, unix.SOL_SOCKET, unix.SO_PROTOCOL)
	return err == nil && protocol == unix.IPPROTO_TCP
}

// tcpName returns the address that ask returns for a socket, or nil.
func tcpName(fd int, ask func(int) (syscall.Sockaddr, error)) net.Addr {
	name, err := ask(fd)
	if err != nil {
		return nil
	}
	return tcpAddr(fd, name)
}

// tcpAddr returns an address of a socket as one of IP, or nil.
func tcpAddr(fd int, name syscall.Sockaddr) net.Addr {
	switch a := name.(type) {
	case *syscall.SockaddrInet4:
		return &net.TCPAddr{IP: a.Addr[:], Port: a.Port}
	case *syscall.SockaddrInet6:
		return &net.TCPAddr{IP: a.Addr[:], Port: a.Port, Zone: zone(fd, a.ZoneId)}
	}
	return nil
}

// zone returns the name of an interface, which only a link-local address has. It asks the
// socket: net.InterfaceByIndex needs one of netlink, which the confined daemon cannot make.
func zone(fd int, id uint32) string {
	if id == 0 {
		return ""
	}
	request, _ := unix.NewIfreq("") // Only a name that is too long is an error.
	request.SetUint32(id)
	if err := unix.IoctlIfreq(fd, unix.SIOCGIFNAME, request); err != nil {
		return ""
	}
	return request.Name()
}

// SetDeadline sets until when Accept waits.
func (l *SocketListener) SetDeadline(t time.Time) error { return l.file.SetReadDeadline(t) }

// Addr implements net.Listener.
func (l *SocketListener) Addr() net.Addr { return l.addr }

// Close implements net.Listener.
func (l *SocketListener) Close() error {
	l.closed.Store(true)
	return l.file.Close()
}
