package pop3

import (
	"errors"
	"os"
	"time"
)

// errWaits is the error of a read when the client of a session that can be parked
// has sent nothing for a while.
var errWaits = errors.New("waits for the client")

// awaitCommand starts the time in which a command has to arrive, or goes on with
// it if the last read ended with errWaits.
func (c *timedConn) awaitCommand() {
	now, isNew := time.Now(), c.command.conn == nil
	if isNew {
		c.command = watch{conn: c, unsent: notAsked, since: now} // Commands usually come before this is needed.
	}
	until := c.due(now)
	if c.parks && c.atOnce {
		until, c.atOnce = longAgo(), false
	}
	switch {
	case !isNew || !c.isNear(now, until):
		c.readUntil(until)
	case c.interrupted():
		wake(c.Conn)
	}
}

// due returns until when a read waits that begins at that time.
func (c *timedConn) due(begins time.Time) time.Time {
	until := c.command.next()
	if park := begins.Add(c.session.server.work.patience()); c.parks && park.Before(until) {
		return park
	}
	return until
}

// isNear reports whether the deadline of an earlier command will do: it is not too late, and
// half of the time that is left now. To set one again for the few commands that are waited for
// costs less than to set one for each.
func (c *timedConn) isNear(now, until time.Time) bool {
	began, end := c.session.server.since(now), c.session.server.since(until)
	return c.deadline <= end && c.deadline-began >= (end-began)/2
}

// commandCame ends that time.
func (c *timedConn) commandCame() { c.command = watch{} }

// readUntil sets the deadline of reads. If that fails, the next read fails too.
func (c *timedConn) readUntil(t time.Time) {
	c.deadline = c.session.server.since(t)
	_ = c.SetReadDeadline(t)
	if c.interrupted() {
		wake(c.Conn) // The deadline set by wake has just been replaced.
	}
}

// Read reads a part of the command for which awaitCommand started the time. Its
// error is os.ErrDeadlineExceeded when the client was idle, the connection
// expired, or the session is interrupted.
func (c *timedConn) Read(p []byte) (int, error) {
	for {
		n, err := c.Conn.Read(p)
		c.received += int64(n)
		if n > 0 || !errors.Is(err, os.ErrDeadlineExceeded) || c.interrupted() {
			return n, err
		}
		if until := c.due(c.command.since); c.parks && c.deadline > 0 && time.Now().Before(until) {
			c.readUntil(until) // It was the deadline of an earlier command.
			continue
		}
		if !c.command.active(false) {
			return n, err
		}
		if c.parks {
			return 0, errWaits
		}
		c.readUntil(c.command.next())
	}
}
