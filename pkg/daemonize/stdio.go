package daemonize

import (
	"errors"
	"net"
	"os"
	"time"

	"golang.org/x/sys/unix"
)

// stdioConn is standard input and output that are not a socket but pipes of
// another program, a terminal, or files.
type stdioConn struct {
	in, out *os.File
}

// NewStdioConn returns standard input and output as one connection. Reads and
// writes obey deadlines, except those of files, which never wait. The caller
// closes it. The error is that of the system.
func NewStdioConn() (net.Conn, error) { return newConn(0, 1) }

func newConn(in, out int) (net.Conn, error) {
	if err := errors.Join(unix.SetNonblock(in, true), unix.SetNonblock(out, true)); err != nil {
		return nil, err
	}
	return &stdioConn{os.NewFile(uintptr(in), "standard input"), os.NewFile(uintptr(out), "standard output")}, nil
}

// Read reads from standard input.
func (c *stdioConn) Read(p []byte) (int, error) { return c.in.Read(p) }

// Write writes to standard output.
func (c *stdioConn) Write(p []byte) (int, error) { return c.out.Write(p) }

// Close closes both. It restores blocking mode first: a terminal is also used by
// the shell, which expects that mode.
func (c *stdioConn) Close() error {
	return errors.Join(closeBlocking(c.in), closeBlocking(c.out))
}

func closeBlocking(f *os.File) error {
	if raw, err := f.SyscallConn(); err == nil {
		_ = raw.Control(func(fd uintptr) { _ = unix.SetNonblock(int(fd), false) }) // The file is closed anyway.
	}
	return f.Close()
}

// SetDeadline bounds the time of reads and writes.
func (c *stdioConn) SetDeadline(t time.Time) error {
	return errors.Join(c.SetReadDeadline(t), c.SetWriteDeadline(t))
}

// SetReadDeadline bounds the time of reads.
func (c *stdioConn) SetReadDeadline(t time.Time) error {
	return ignoreNoDeadline(c.in.SetReadDeadline(t))
}

// SetWriteDeadline bounds the time of writes.
func (c *stdioConn) SetWriteDeadline(t time.Time) error {
	return ignoreNoDeadline(c.out.SetWriteDeadline(t))
}

// ignoreNoDeadline ignores the error of a file that supports no deadlines.
func ignoreNoDeadline(err error) error {
	if errors.Is(err, os.ErrNoDeadline) {
		return nil
	}
	return err
}

// LocalAddr returns a Unix address without a path: there is no IP address.
func (c *stdioConn) LocalAddr() net.Addr { return &net.UnixAddr{Net: "unix"} }

// RemoteAddr returns a Unix address without a path: there is no IP address.
func (c *stdioConn) RemoteAddr() net.Addr { return &net.UnixAddr{Net: "unix"} }
