package pop3

import (
	"errors"
	"net"
	"os"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

// timedConn is a client's connection with the two limits that the parameters
// give: it ends at expires whatever it is doing, and a write is given up when
// the client takes nothing for idle. A client that reads slowly but steadily
// is not idle.
type timedConn struct {
	net.Conn
	idle    time.Duration
	expires time.Time
}

// awaitCommand starts the time in which a command has to arrive.
func (c *timedConn) awaitCommand() {
	// An error here shows again in the read that follows.
	_ = c.SetReadDeadline(c.soonest(c.idle))
}

// wake ends a read that waits for a command, and any later one.
func (c *timedConn) wake() { _ = c.SetReadDeadline(time.Unix(1, 0)) }

// soonest returns the time after wait, or that of expiry if it comes first.
func (c *timedConn) soonest(wait time.Duration) time.Time {
	if t := time.Now().Add(wait); t.Before(c.expires) {
		return t
	}
	return c.expires
}

// expired reports whether the connection has lasted as long as it may.
func (c *timedConn) expired() bool { return !time.Now().Before(c.expires) }

// Write writes all of p. Its error is os.ErrDeadlineExceeded when the client
// took nothing for the idle time, or the connection expired. Time is looked at
// once in each idle time, so that it may take twice that to be noticed.
func (c *timedConn) Write(p []byte) (int, error) {
	written := 0
	unsent := -1
	for {
		if err := c.SetWriteDeadline(c.soonest(c.idle)); err != nil {
			return written, err
		}
		n, err := c.Conn.Write(p[written:])
		written += n
		if written == len(p) || !errors.Is(err, os.ErrDeadlineExceeded) || c.expired() {
			return written, err
		}
		// The kernel takes more only when much of its buffer is free again, so
		// that a slow reader shows in what the peer acknowledged meanwhile.
		before := unsent
		unsent = unsentOctets(c.Conn)
		if n == 0 && (unsent < 0 || before >= 0 && unsent >= before) {
			return written, err
		}
	}
}

// farewell is how long linger waits for the client to close.
const farewell = time.Second

// linger closes a connection on which the client may still be sending. A
// close with unread input would reset the connection, and the last reply
// could be lost with it.
func (c *timedConn) linger() {
	type halfCloser interface{ CloseWrite() error }
	half, ok := c.Conn.(halfCloser)
	if !ok || half.CloseWrite() != nil {
		return
	}
	_ = c.SetReadDeadline(c.soonest(farewell))
	buf := make([]byte, 4<<10)
	for range 16 {
		if _, err := c.Read(buf); err != nil {
			return
		}
	}
}

// unsentOctets returns how many octets the peer has not acknowledged yet, -1
// if that cannot be known.
func unsentOctets(c net.Conn) int {
	sc, ok := c.(syscall.Conn)
	if !ok {
		return -1
	}
	raw, err := sc.SyscallConn()
	if err != nil {
		return -1
	}
	octets := -1
	err = raw.Control(func(fd uintptr) {
		if n, err := unix.IoctlGetInt(int(fd), unix.TIOCOUTQ); err == nil {
			octets = n
		}
	})
	if err != nil {
		return -1
	}
	return octets
}
