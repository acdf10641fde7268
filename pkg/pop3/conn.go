package pop3

import (
	"crypto/x509"
	"errors"
	"net"
	"os"
	"syscall"
	"time"
)

// timedConn is a client's connection with the two limits that the parameters
// give: it ends at expires whatever it is doing, and a read or a write is given
// up when the client has been idle for too long. What that means is in watch.
type timedConn struct {
	net.Conn
	raw         syscall.RawConn // nil where the kernel cannot be asked
	idle        time.Duration
	expires     time.Time
	interrupted func() bool // no command is to be waited for
	severed     func() bool // nothing at all is to be waited for
	hurried     func() bool // the client gets no more than the time of a farewell
	hurrying    bool        // and that time has begun
	command     watch       // of the command that is awaited
	heard       int64       // octets that came, without a header of the PROXY protocol

	shown *x509.Certificate // of the server, in the TLS handshake
}

// CertificateShown is for the GetCertificate of a tls.Config, which finds the
// connection in what it is given: a client may bind its authentication to the
// certificate (RFC 5929 §4), and nothing else tells which one it was.
func (c *timedConn) CertificateShown(certificate *x509.Certificate) { c.shown = certificate }

// newTimedConn returns the connection with its limits.
func newTimedConn(conn net.Conn, idle time.Duration, expires time.Time) *timedConn {
	never := func() bool { return false }
	c := &timedConn{Conn: conn, idle: idle, expires: expires, interrupted: never, severed: never, hurried: never}
	if sc, ok := conn.(syscall.Conn); ok {
		if raw, err := sc.SyscallConn(); err == nil {
			c.raw = raw
			c.boundUnsent()
		}
	}
	return c
}

// awaitCommand starts the time in which a command has to arrive.
func (c *timedConn) awaitCommand() {
	c.command = c.watch()
	c.readUntil(c.command.next())
}

// readUntil bounds the reads. An error here shows again in the read that
// follows.
func (c *timedConn) readUntil(t time.Time) {
	_ = c.SetReadDeadline(t)
	if c.interrupted() {
		wake(c.Conn) // The deadline that was to do it has just been replaced.
	}
}

// wake ends a read and a write on a connection, and any later one. Whoever has
// reason to go on sets a new deadline.
func wake(conn net.Conn) {
	_ = conn.SetReadDeadline(time.Unix(1, 0))
	_ = conn.SetWriteDeadline(time.Unix(1, 0))
}

// writeUntil bounds the write that follows.
func (c *timedConn) writeUntil(w *watch) error {
	err := c.SetWriteDeadline(w.next())
	// The deadline that was to wake the write may just have been replaced.
	switch {
	case c.severed():
		wake(c.Conn)
	case c.hurried() && !c.hurrying:
		c.hurrying, c.expires = true, c.earlier(time.Now().Add(farewell))
		err = c.SetWriteDeadline(w.next())
	}
	return err
}

// Read reads what comes of the command that awaitCommand awaits. Its error is
// os.ErrDeadlineExceeded when the client was idle, the connection expired, or
// the session is interrupted.
func (c *timedConn) Read(p []byte) (int, error) {
	for {
		n, err := c.Conn.Read(p)
		c.heard += int64(n)
		if n > 0 || !errors.Is(err, os.ErrDeadlineExceeded) || c.interrupted() || !c.command.lasts(false) {
			return n, err
		}
		c.readUntil(c.command.next())
	}
}

// Write writes all of p. Its error is os.ErrDeadlineExceeded when the client
// was idle, the connection expired, or the session is severed.
func (c *timedConn) Write(p []byte) (int, error) {
	written := 0
	w := c.watch()
	for {
		if err := c.writeUntil(&w); err != nil {
			return written, err
		}
		n, err := c.Conn.Write(p[written:])
		written += n
		if written == len(p) || !errors.Is(err, os.ErrDeadlineExceeded) || c.severed() || !w.lasts(n > 0) {
			return written, err
		}
	}
}

// expired reports whether the connection has lasted as long as it may.
func (c *timedConn) expired() bool { return !time.Now().Before(c.expires) }

// earlier returns t, or the time of expiry if that comes first.
func (c *timedConn) earlier(t time.Time) time.Time {
	if t.Before(c.expires) {
		return t
	}
	return c.expires
}

// farewell is how long a client may take over the last that it is told.
const farewell = time.Second

// shortFarewell is that of a client which gives way to another one.
const shortFarewell = farewell / 10

// linger closes a connection on which the client may still be sending. A
// close with unread input would reset the connection, and the last reply
// could be lost with it.
func (c *timedConn) linger() {
	half, ok := c.Conn.(interface{ CloseWrite() error })
	if !ok || half.CloseWrite() != nil {
		return
	}
	_ = c.SetReadDeadline(c.earlier(time.Now().Add(farewell)))
	if c.severed() {
		return
	}
	buf := make([]byte, 4<<10)
	for range 16 {
		if _, err := c.Conn.Read(buf); err != nil {
			return
		}
	}
}

// cut makes Close throw away what the client has not taken, with a reset.
// Otherwise the kernel goes on sending it, for as long as the client likes.
func (c *timedConn) cut() {
	if tcp, ok := c.Conn.(interface{ SetLinger(int) error }); ok && c.unsent() > 0 {
		_ = tcp.SetLinger(0) // It fails where nothing is left to throw away.
	}
}
