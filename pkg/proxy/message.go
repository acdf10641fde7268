package proxy

import (
	"context"
	"errors"
	"fmt"
	"io"
	"time"
)

// errUnread ends a connection on which a message was not read to its end. There is no
// other way to stop the backend from sending the rest.
var errUnread = errors.New("a message was not read to its end")

// stream is a message that is being received from a backend.
type stream struct {
	conn   *conn
	unbind func() // unbinds the context of the command
	text   undot
	done   bool
}

// newStream returns the message that follows a +OK.
func newStream(ctx context.Context, c *conn) *stream {
	return &stream{conn: c, unbind: c.bind(ctx)}
}

// Read reads a part of the message. It returns io.EOF after the final dot. After any
// other error the connection cannot be used.
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

// fill waits for data, unless some is buffered.
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

// Close closes the connection if the message was not read to its end.
func (s *stream) Close() error {
	s.unbind()
	s.unbind = func() {}
	if !s.done {
		_ = s.conn.fail(errUnread) // The next command returns the error.
	}
	return nil
}
