package load

import (
	"io"
	"net"
	"time"

	"golang.org/x/sys/unix"
)

// socket is a blocking socket as a net.Conn, which crypto/tls requires. Its
// time limit is that of the socket.
type socket int

// Read implements io.Reader.
func (s socket) Read(p []byte) (int, error) {
	for {
		n, err := unix.Read(int(s), p)
		switch {
		case err == unix.EINTR:
		case err != nil:
			return 0, err
		case n == 0:
			return 0, io.ErrUnexpectedEOF
		default:
			return n, nil
		}
	}
}

// Write implements io.Writer.
func (s socket) Write(p []byte) (int, error) {
	for done := 0; done < len(p); {
		n, err := unix.SendmsgN(int(s), p[done:], nil, nil, unix.MSG_NOSIGNAL)
		if err == unix.EINTR {
			continue
		}
		if err != nil {
			return done, err
		}
		done += n
	}
	return len(p), nil
}

// Close implements net.Conn.
func (s socket) Close() error { return unix.Close(int(s)) }

// LocalAddr implements net.Conn.
func (s socket) LocalAddr() net.Addr { return nil }

// RemoteAddr implements net.Conn.
func (s socket) RemoteAddr() net.Addr { return nil }

// SetDeadline implements net.Conn.
func (s socket) SetDeadline(time.Time) error { return nil }

// SetReadDeadline implements net.Conn.
func (s socket) SetReadDeadline(time.Time) error { return nil }

// SetWriteDeadline implements net.Conn.
func (s socket) SetWriteDeadline(time.Time) error { return nil }
