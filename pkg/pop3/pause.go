package pop3

import (
	"context"
	"errors"
	"fmt"
	"io"
	"time"

	"golang.org/x/sys/unix"
)

// goneEvery is how often a delay checks whether the client has closed the
// connection.
const goneEvery = 100 * time.Millisecond

// errDelayCut is wrapped by the error of a delay after which nothing follows.
var errDelayCut = errors.New("delay ended early")

// pause waits, or returns early when the session is to end or to be suspended.
// Before login the error is errDelayCut if the client has closed its side of
// the connection or the server stops: the session then ends without the answer
// for which the client was to wait. A client that closes only the sending side
// still reads, so that an early answer would let it guess without any delay.
func (s *session) pause(ctx context.Context, d time.Duration) error {
	t, look := time.NewTimer(d), time.NewTicker(goneEvery)
	defer t.Stop()
	defer look.Stop()
	for {
		select {
		case <-t.C:
			return nil
		case <-ctx.Done():
			return nil
		case <-s.server.suspend.begun:
			return nil
		case <-s.stops():
			return s.cutDelay(ErrServerClosed)
		case <-look.C:
			if s.Account == nil && s.conn.gone() {
				return s.cutDelay(io.EOF)
			}
		}
	}
}

// stops returns a channel that is closed when the server stops and the session
// has no work to finish.
func (s *session) stops() <-chan struct{} {
	if s.Account != nil || s.server.suspend.requested() {
		return nil
	}
	return s.server.closing
}

// cutDelay ends the session for a reason, and returns the error that says so.
func (s *session) cutDelay(why error) error {
	if s.server.suspend.requested() {
		return nil // Suspend cuts delays short, and Shutdown is part of it.
	}
	s.cancel(why)
	return fmt.Errorf("%w: %w", errDelayCut, why)
}

// gone reports whether the client has closed its side of the connection, even
// if input from before that has not been read. It is false where the kernel
// cannot be asked.
func (c *timedConn) gone() bool {
	if c.raw == nil {
		return false
	}
	gone := false
	err := c.raw.Control(func(fd uintptr) {
		poll := []unix.PollFd{{Fd: int32(fd), Events: unix.POLLRDHUP}}
		n, err := unix.Poll(poll, 0)
		gone = err == nil && n > 0
	})
	return gone || err != nil
}
