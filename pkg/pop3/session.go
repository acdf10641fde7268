package pop3

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"os"
	"runtime/debug"
	"sync/atomic"
	"time"
)

// state is a set of the states of RFC 1939 §3. There is no state of its own
// for UPDATE: QUIT goes through it within one command.
type state uint8

const (
	authorization state = 1 << iota
	transaction
)

// session is one connection. Between two commands it is its State, the
// connection and the open mailbox.
type session struct {
	State
	server  *Server
	backend *Backend
	conn    *timedConn
	in      *input
	out     output

	mailbox Mailbox // nil before login, and once given back
	updated bool    // QUIT was received: what Left counts is what is there
	ending  reason  // "" while the session goes on
	cause   error   // why, where ending leaves it open
}

// newSession returns the session that goes on from p.
func newSession(server *Server, b *Backend, p *Suspended) *session {
	c := &timedConn{Conn: p.Conn, idle: b.CommandTimeout, expires: p.State.Expires}
	s := &session{
		State: p.State, server: server, backend: b, conn: c, in: newInput(c, p.State.Input), mailbox: p.Mailbox,
	}
	s.Input = nil
	s.out.to = c
	return s
}

// newState returns the state of a session that begins.
func newState(b *Backend, conn net.Conn) State {
	now := time.Now()
	return State{
		ID:      token(),
		Remote:  host(conn.RemoteAddr()),
		Start:   now,
		LoginAt: now,
		Expires: now.Add(b.ConnectionKeepTime),
	}
}

// run serves the session to its end and closes the connection, unless it was
// suspended. When ctx is cancelled it ends at once.
func (s *session) run(ctx context.Context) {
	ctx, cancel := context.WithDeadlineCause(ctx, s.conn.expires, ErrExpired)
	defer cancel()
	defer s.close()
	defer s.survive()
	s.greet()
	for s.ending == "" {
		if !s.in.pending() {
			s.out.flush()
		}
		s.end("", s.out.err)
		s.endSuspended()
		if s.ending == "" {
			s.step(ctx)
		}
	}
	s.out.flush()
}

// step reads one command and answers it.
func (s *session) step(ctx context.Context) {
	s.conn.awaitCommand()
	if s.server.suspend.requested() {
		s.conn.wake() // The deadline that was to wake this session has just been replaced.
	}
	line, err := s.in.readLine()
	if err != nil {
		s.endRead(ctx, err)
		return
	}
	s.debug("command", mask(line, s.state() == authorization))
	r, err := s.dispatch(ctx, line)
	if err != nil && ctx.Err() != nil && s.ending == "" {
		if errors.Is(context.Cause(ctx), ErrExpired) {
			s.expire()
		}
		s.endBy(ctx)
		return
	}
	s.write(ctx, r, err)
}

// end makes this the session's last command if there is a reason or an error.
// The first one counts.
func (s *session) end(why reason, err error) {
	if s.ending != "" || why == "" && err == nil {
		return
	}
	if why == "" {
		why = reasonLost
	}
	s.ending, s.cause = why, err
	switch {
	case errors.Is(err, os.ErrDeadlineExceeded) && s.conn.expired():
		s.ending, s.cause = reasonExpired, nil
	case errors.Is(err, os.ErrDeadlineExceeded):
		s.ending, s.cause = reasonTimeout, nil
	}
}

// endRead ends a session that has no next command. A client that was silent
// for too long gets no answer (RFC 1939 §3, autologout).
func (s *session) endRead(ctx context.Context, err error) {
	switch {
	case errors.Is(err, os.ErrDeadlineExceeded) && s.server.suspend.requested():
		s.endSuspended()
	case errors.Is(err, ErrTooLong):
		s.write(ctx, reply{}, ErrTooLong)
		s.end(reasonTooLong, nil)
	case errors.Is(err, os.ErrDeadlineExceeded) && s.conn.expired():
		s.expire()
	case errors.Is(err, io.EOF):
		s.end(reasonClient, nil)
	case errors.Is(err, net.ErrClosed):
		s.end(reasonClosed, nil)
	default:
		s.end("", err)
	}
}

// endBy ends a session whose context ended in the middle of a command.
func (s *session) endBy(ctx context.Context) {
	if errors.Is(context.Cause(ctx), ErrExpired) {
		s.end(reasonExpired, nil)
		return
	}
	s.end(reasonClosed, nil)
}

// expire ends a session that has lasted as long as it may, between two
// commands, with the answer of 0.8.
func (s *session) expire() {
	s.conn.expires = time.Now().Add(farewell)
	s.statusLine("-ERR", ErrExpired.Error())
	s.end(reasonExpired, nil)
}

// survive keeps a fault in one session from ending all the others.
func (s *session) survive() {
	if fault := recover(); fault != nil {
		s.end(reasonPanic, fmt.Errorf("panic: %v\n%s", fault, debug.Stack()))
	}
}

// close gives everything back that the session holds and tells the log. What
// a suspended session holds is for whoever goes on with it.
func (s *session) close() {
	if s.ending == reasonSuspended {
		return
	}
	s.closeMailbox()
	if s.ending == reasonAuth || s.ending == reasonTooLong {
		s.conn.linger()
	}
	_ = s.conn.Close() // Nothing can be done about it, and nobody is listening any more.
	s.logEnd()
}

// closeMailbox gives the mailbox back, with its lock.
func (s *session) closeMailbox() {
	if s.mailbox == nil {
		return
	}
	if err := s.mailbox.Close(); err != nil {
		s.log(slog.LevelWarn, EventTrouble, slog.Any("error", fmt.Errorf("close mailbox: %w", err)))
	}
	s.mailbox = nil
	s.count(&s.server.stats.mailboxes, -1)
}

// count changes a figure of the server's, unless the session only tests it.
func (s *session) count(figure *atomic.Int64, by int64) {
	if !s.backend.Quiet {
		figure.Add(by)
	}
}

func (s *session) logEnd() {
	attrs := []slog.Attr{
		slog.String("reason", string(s.ending)),
		slog.Duration("duration", time.Since(s.Start).Round(time.Microsecond)),
		slog.Int("retrieved", s.Retrieved),
		slog.Int("deleted", s.Deleted),
		slog.Int64("sent", s.Sent),
	}
	if s.Account != nil {
		after := s.after()
		attrs = append(attrs, slog.Int("messages", after.Messages), slog.Int64("octets", after.Octets))
	}
	if s.cause != nil {
		attrs = append(attrs, slog.Any("error", s.cause))
	}
	level := slog.LevelInfo
	if s.ending == reasonPanic {
		level = slog.LevelError
	}
	s.log(level, EventEnd, attrs...)
}

// after returns what the session leaves behind: all of the maildrop unless
// QUIT was received.
func (s *session) after() Drop {
	if s.updated {
		return s.Left
	}
	return s.Before
}

// summary returns what is known of a session that has ended.
func (s *session) summary() *Summary {
	after := s.after()
	sum := &Summary{
		Remote: s.Remote, Name: s.Login, LoggedIn: s.Account != nil,
		Login: s.LoginAt, End: time.Now(),
		MessagesBefore: s.Before.Messages, OctetsBefore: s.Before.Octets,
		MessagesAfter: after.Messages, OctetsAfter: after.Octets,
	}
	if sum.Name == "" {
		sum.Name = s.User
	}
	return sum
}
