package main

import (
	"errors"
	"net"
	"os"
	"time"

	"golang.org/x/sys/unix"
)

// stdioConn is standard input and output where they are no socket but pipes of
// another program, a terminal, or files.
type stdioConn struct {
	in, out *os.File
}

// newStdioConn makes reads and writes obey deadlines, but for files, which
// never let anybody wait.
func newStdioConn() (net.Conn, error) {
	if err := errors.Join(unix.SetNonblock(0, true), unix.SetNonblock(1, true)); err != nil {
		return nil, err
	}
	return &stdioConn{os.NewFile(0, "standard input"), os.NewFile(1, "standard output")}, nil
}

// Read reads from standard input.
func (c *stdioConn) Read(p []byte) (int, error) { return c.in.Read(p) }

// Write writes to standard output.
func (c *stdioConn) Write(p []byte) (int, error) { return c.out.Write(p) }

// Close closes both. A terminal belongs to a shell too, which does not expect
// it to be changed.
func (c *stdioConn) Close() error {
	_, _ = unix.SetNonblock(0, false), unix.SetNonblock(1, false)
	return errors.Join(c.in.Close(), c.out.Close())
}

// SetDeadline bounds the time of reads and writes.
func (c *stdioConn) SetDeadline(t time.Time) error {
	return errors.Join(c.SetReadDeadline(t), c.SetWriteDeadline(t))
}

// SetReadDeadline bounds the time of reads.
func (c *stdioConn) SetReadDeadline(t time.Time) error { return bound(c.in.SetReadDeadline(t)) }

// SetWriteDeadline bounds the time of writes.
func (c *stdioConn) SetWriteDeadline(t time.Time) error { return bound(c.out.SetWriteDeadline(t)) }

// bound forgives a file that has no deadlines.
func bound(err error) error {
	if errors.Is(err, os.ErrNoDeadline) {
		return nil
	}
	return err
}

// LocalAddr says that there is no address.
func (c *stdioConn) LocalAddr() net.Addr { return &net.UnixAddr{Net: "unix"} }

// RemoteAddr says that there is no address.
func (c *stdioConn) RemoteAddr() net.Addr { return &net.UnixAddr{Net: "unix"} }
