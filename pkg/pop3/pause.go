package pop3

import (
	"context"
	"errors"
	"fmt"
	"io"
	"time"

	"golang.org/x/sys/unix"
)

// closedCheckInterval is how often a delay checks whether the client has closed
// the connection.
const closedCheckInterval = 100 * time.Millisecond

// errDelayCut is wrapped by the error of a delay after which no reply follows.
var errDelayCut = errors.New("delay ended early")

// pause waits, or returns early when the session has to end or is suspended.
// Before login the error is errDelayCut if the client has closed its side of
// the connection or the server stops: the session then ends without the reply
// that was delayed. A client that closes only the sending side still reads, so
// an early reply would let it guess without any delay.
func (s *session) pause(ctx context.Context, d time.Duration) error {
	return s.pauseFor(ctx, d, s.server.suspend.begun)
}

// pauseFor is pause, but returns early for a session that is suspended only if
// suspended is closed.
func (s *session) pauseFor(ctx context.Context, d time.Duration, suspended <-chan struct{}) error {
	stopped := s.server.closing.begun
	if s.loggedIn() || s.server.suspend.hasBegun() {
		stopped = nil // There is work to finish, or a session to suspend.
	}
	err := s.conn.pause(ctx, d, suspended, stopped, !s.loggedIn())
	if err == nil || errors.Is(err, ErrServerClosed) && s.server.suspend.hasBegun() {
		return nil // Shutdown is part of Suspend.
	}
	s.eviction.cancelCommand(err)
	return fmt.Errorf("%w: %w", errDelayCut, err)
}

// pause waits until ctx or the time d ends, or suspended is closed. The error is
// ErrServerClosed when stopped is closed, and io.EOF if checkClosed is true and
// the client has closed its side of the connection.
func (c *timedConn) pause(ctx context.Context, d time.Duration, suspended, stopped <-chan struct{}, checkClosed bool) error {
	timer, check := time.NewTimer(d), time.NewTicker(closedCheckInterval)
	defer timer.Stop()
	defer check.Stop()
	for {
		select {
		case <-timer.C:
			return nil
		case <-ctx.Done():
			return nil
		case <-suspended:
			return nil
		case <-stopped:
			return ErrServerClosed
		case <-check.C:
			if checkClosed && c.closedByClient() {
				return io.EOF
			}
		}
	}
}

// closedByClient reports whether the client has closed its side of the
// connection, even if earlier input has not been read. It is false where the
// kernel cannot be asked.
func (c *timedConn) closedByClient() bool {
	if c.raw == nil {
		return false
	}
	closed := false
	err := c.raw.Control(func(fd uintptr) {
		poll := []unix.PollFd{{Fd: int32(fd), Events: unix.POLLRDHUP}}
		n, err := unix.Poll(poll, 0)
		closed = err == nil && n > 0
	})
	return closed || err != nil
}
