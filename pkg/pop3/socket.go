package pop3

import (
	"net"
	"os"
	"syscall"

	"golang.org/x/sys/unix"
)

// Socket is a connection that has only what a session needs of it. For one of package
// net, the kernel is asked for the address of each connection, and told five options.
// The caller closes it. Several goroutines may use it, as any net.Conn.
type Socket struct {
	*os.File
	local, remote net.Addr // nil for one that was parked: they are in the State
	ready         bool     // it has the options of SetSocketOptions
}

// SetSocketOptions sets the options of a TCP connection, or of a listener: plain TCP
// connections that it accepts inherit them. They are those of package net, and the limit
// of octets that wait to be sent. The error is that of the system; for a listener of
// MPTCP it may be that the kernel does not support an option.
func SetSocketOptions(fd int) error {
	for _, option := range [...]struct{ level, name, value int }{
		{unix.IPPROTO_TCP, unix.TCP_NODELAY, 1},
		{unix.SOL_SOCKET, unix.SO_KEEPALIVE, 1},
		{unix.IPPROTO_TCP, unix.TCP_KEEPIDLE, 15},
		{unix.IPPROTO_TCP, unix.TCP_KEEPINTVL, 15},
		{unix.IPPROTO_TCP, unix.TCP_KEEPCNT, 9},
		{unix.IPPROTO_TCP, unix.TCP_NOTSENT_LOWAT, maxUnsent},
	} {
		if err := unix.SetsockoptInt(fd, option.level, option.name, option.value); err != nil {
			return os.NewSyscallError("setsockopt", err)
		}
	}
	return nil
}

// LocalAddr implements net.Conn.
func (c *Socket) LocalAddr() net.Addr { return c.local }

// RemoteAddr implements net.Conn.
func (c *Socket) RemoteAddr() net.Addr { return c.remote }

// CloseWrite is that of a net.TCPConn.
func (c *Socket) CloseWrite() error {
	return c.call(func(fd int) error { return unix.Shutdown(fd, unix.SHUT_WR) })
}

// SetLinger is that of a net.TCPConn, for 0 seconds or more.
func (c *Socket) SetLinger(seconds int) error {
	return c.call(func(fd int) error {
		return unix.SetsockoptLinger(fd, unix.SOL_SOCKET, unix.SO_LINGER, &unix.Linger{Onoff: 1, Linger: int32(seconds)})
	})
}

func (c *Socket) call(do func(fd int) error) (err error) {
	raw, err := c.SyscallConn()
	if err != nil {
		return err
	}
	if outer := raw.Control(func(fd uintptr) { err = do(int(fd)) }); outer != nil {
		return outer
	}
	return err
}

var _ syscall.Conn = (*Socket)(nil)
