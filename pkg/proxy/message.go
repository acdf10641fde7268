package proxy

import (
	"context"
	"errors"
	"fmt"
	"io"
	"time"
)

// errUnread ends a connection on which a message was not read to its end. There
// is no other way to keep the backend from sending the rest of it.
var errUnread = errors.New("a message was not read to its end")

// stream is a message on its way from a backend.
type stream struct {
	conn   *conn
	unbind func() // of the context of the command that asked for it
	text   undot
	done   bool
}

// newStream returns the message whose +OK has been read.
func newStream(ctx context.Context, c *conn) *stream {
	return &stream{conn: c, unbind: c.bind(ctx)}
}

// Read reads a piece of the message. Its error is io.EOF after the dot at the
// end, or that of the connection, which is then of no more use.
func (s *stream) Read(p []byte) (int, error) {
	for len(p) > 0 && !s.done {
		if err := s.fill(); err != nil {
			return 0, err
		}
		ahead, _ := s.conn.in.Peek(s.conn.in.Buffered())
		written, taken, done := s.text.copy(p, ahead)
		_, _ = s.conn.in.Discard(taken) // It is buffered.
		if s.done = done; done {
			s.conn.used = time.Now()
		}
		if written > 0 {
			return written, nil
		}
	}
	if s.done {
		return 0, io.EOF
	}
	return 0, nil
}

// fill waits for the next piece, unless there is some already.
func (s *stream) fill() error {
	if s.conn.in.Buffered() > 0 && s.conn.err == nil {
		return nil
	}
	if err := s.conn.arm(); err != nil {
		return lost(err)
	}
	if _, err := s.conn.in.Peek(1); err != nil {
		return lost(s.conn.fail(fmt.Errorf("in the middle of a message: %w", closed(err))))
	}
	return nil
}

// Close ends the use of the connection if the message was not read to its end.
func (s *stream) Close() error {
	s.unbind()
	s.unbind = func() {}
	if !s.done {
		_ = s.conn.fail(errUnread) // The next command tells of it.
	}
	return nil
}
