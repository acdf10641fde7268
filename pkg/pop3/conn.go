package pop3

import (
	"crypto/x509"
	"errors"
	"net"
	"os"
	"syscall"
	"time"
)

// timedConn is a client's connection with the two limits of the parameters: it
// ends at expires whatever it is doing, and a read or a write fails when the
// client has been idle for too long (see watch).
type timedConn struct {
	net.Conn                  // nil while it is detached; the registry's lock guards a change
	raw       syscall.RawConn // nil where the kernel cannot be asked
	bare      int32           // the descriptor while it is detached
	shortened bool            // expires takes account of the end of the server
	parks     bool            // a read of a command does not wait for long: see errWaits
	atOnce    bool            // nor does the first one
	idle      time.Duration
	expires   time.Duration // from the start of the server
	session   *session      // that may be interrupted
	command   watch         // of the command that is read; zero between two commands
	deadline  time.Duration // of reads, likewise, unless wake has replaced it; 0: none is set
	received  int64         // octets, without a header of the PROXY protocol
	sent      int64         // octets

	serverCertificate *x509.Certificate // sent in the TLS handshake
}

// CertificateShown is for the GetCertificate of a tls.Config, which has the
// connection in its argument. A client may bind its authentication to the
// certificate (RFC 5929 §4), and crypto/tls does not report which one was sent.
func (c *timedConn) CertificateShown(certificate *x509.Certificate) {
	c.serverCertificate = certificate
}

// start begins to use a connection with its limits.
func (c *timedConn) start(s *session, conn net.Conn, idle time.Duration, expires time.Time) {
	c.Conn, c.idle, c.session = conn, idle, s
	c.expireAt(expires)
	if sc, ok := conn.(syscall.Conn); ok {
		if raw, err := sc.SyscallConn(); err == nil {
			c.raw = raw
			c.limitUnsent()
		}
	}
}

// interrupted reports whether reads do not wait for a command any more.
func (c *timedConn) interrupted() bool { return c.session.interrupted() }

// evicted reports whether neither reads nor writes wait any more.
func (c *timedConn) evicted() bool {
	return c.session.eviction.ordered() != nil && !c.session.lastReply
}

// stopping reports whether writes have no more than closeTimeout.
func (c *timedConn) stopping() bool { return c.session.mustStop() }

// wake ends a read and a write on a connection, and any later one until a new
// deadline is set.
func wake(conn net.Conn) {
	_ = conn.SetReadDeadline(longAgo())
	_ = conn.SetWriteDeadline(longAgo())
}

// longAgo is a deadline that has passed.
func longAgo() time.Time { return time.Unix(1, 0) }

// writeUntil sets the deadline of the write that follows.
func (c *timedConn) writeUntil(w *watch) error {
	err := c.SetWriteDeadline(w.next())
	// The deadline set by wake may just have been replaced.
	switch {
	case c.evicted():
		wake(c.Conn)
	case c.stopping() && !c.shortened:
		c.shortened = true
		c.expireAt(c.earlier(time.Now().Add(closeTimeout)))
		err = c.SetWriteDeadline(w.next())
	}
	return err
}

// Write writes all of p. Its error is os.ErrDeadlineExceeded when the client
// was idle, the connection expired, or the session was evicted.
func (c *timedConn) Write(p []byte) (int, error) {
	written := c.writeAtOnce(p)
	defer func() { c.session.showSent(written) }()
	if written == len(p) && written > 0 {
		return written, nil
	}
	w := c.watch()
	for {
		if err := c.writeUntil(&w); err != nil {
			return written, err
		}
		n, err := c.Conn.Write(p[written:])
		written += n
		if written == len(p) || !errors.Is(err, os.ErrDeadlineExceeded) || c.evicted() || !w.active(n > 0) {
			return written, err
		}
	}
}

// expireAt sets the time limit of the connection. One that came with a hand-over has no reading
// of the monotonic clock, so only its distance from now is right.
func (c *timedConn) expireAt(t time.Time) {
	now := time.Now()
	c.expires = c.session.server.since(now) + t.Sub(now)
}

// expired reports whether the connection has reached its time limit.
func (c *timedConn) expired() bool { return c.session.server.since(time.Now()) >= c.expires }

// earlier returns t, or the time of expiry if that comes first.
func (c *timedConn) earlier(t time.Time) time.Time {
	if c.session.server.since(t) < c.expires {
		return t
	}
	return c.session.server.began.Add(c.expires)
}

// closeTimeout is how long a client may take to read the last reply.
const closeTimeout = time.Second

// evictedCloseTimeout is the same for a client that is evicted for another one.
const evictedCloseTimeout = closeTimeout / 10

// linger waits until the client has closed the connection. Closing with unread
// input would reset the connection, and the client could lose the last reply.
func (c *timedConn) linger() {
	half, ok := c.Conn.(interface{ CloseWrite() error })
	if !ok || half.CloseWrite() != nil {
		return
	}
	_ = c.SetReadDeadline(c.earlier(time.Now().Add(closeTimeout)))
	if c.evicted() {
		return
	}
	buf := make([]byte, 4<<10)
	for range 16 {
		if _, err := c.Conn.Read(buf); err != nil {
			return
		}
	}
}

// discardUnsent makes Close discard what the client has not acknowledged, with a
// reset. Otherwise the kernel continues to send it, for as long as the client
// likes.
func (c *timedConn) discardUnsent() {
	if tcp, ok := c.Conn.(interface{ SetLinger(int) error }); ok && c.unsent() > 0 {
		_ = tcp.SetLinger(0) // It fails only if nothing is left to discard.
	}
}
