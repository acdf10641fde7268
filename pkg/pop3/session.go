package pop3

import (
	"context"
	"fmt"
	"log/slog"
	"net"
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
	port    Port
	in      *input
	out     output
	tls     encryption

	place   Place                   // that the guard has given it
	evicted atomic.Pointer[Refusal] // the guard wants it to end
	cancel  context.CancelCauseFunc // ends what the session is doing, for a reason
	limit   *time.Timer             // cancels when login-time is over; nil without
	told    bool                    // the last words for the client are being written
	refusal *Refusal                // it ended so
	tried   time.Time               // when the last password came
	known   bool                    // that password may be expected to fit

	reserved bool // the guard counts a check that has not been settled

	auth    *authentication // nil unless AUTH waits for a response
	mailbox Mailbox         // nil before login, and once given back
	aged    Marks           // those of the messages marked as deleted that the client did not mark
	updated bool            // QUIT was received: what Left counts is what is there
	ending  reason          // "" while the session goes on
	cause   error           // why, where ending leaves it open
}

// newSession returns the session that goes on from p.
func newSession(server *Server, b *Backend, p *Suspended) *session {
	c := newTimedConn(p.Conn, b.CommandTimeout, p.State.ends())
	s := &session{
		State: p.State, server: server, backend: b, conn: c, in: newInput(c, p.State.Input), mailbox: p.Mailbox,
		place: unguarded{},
	}
	s.Input = nil
	s.in.long = s.takesLong
	c.interrupted, c.hurried = s.interrupted, s.dismissed
	c.severed = func() bool { return s.evicted.Load() != nil && !s.told }
	s.out.to = c
	return s
}

// newState returns the state of a session that begins.
func newState(b *Backend, conn net.Conn) State {
	now := time.Now()
	state := State{
		ID:      token(),
		Remote:  host(conn.RemoteAddr()),
		Peer:    addrPort(conn.RemoteAddr()),
		Local:   addrPort(conn.LocalAddr()),
		Near:    isNear(addrPort(conn.RemoteAddr()).Addr()),
		Start:   now,
		LoginAt: now,
		Expires: now.Add(b.ConnectionKeepTime),
	}
	if b.LoginTime > 0 {
		state.LoginBy = now.Add(b.LoginTime)
	}
	return state
}

// run serves the session to its end and closes the connection, unless it was
// suspended. When ctx is cancelled it ends at once.
func (s *session) run(ctx context.Context) {
	ctx, cancel := context.WithDeadlineCause(ctx, s.Expires, ErrExpired)
	defer cancel()
	ctx, s.cancel = context.WithCancelCause(ctx)
	defer s.cancel(nil)
	if s.mustLogIn() {
		s.limit = time.AfterFunc(time.Until(s.LoginBy), func() { s.cancel(ErrLoginTime) })
		defer s.limit.Stop()
	}
	ctx = WithKnown(ctx, &s.known)
	defer func() { s.place.Leave() }()
	defer s.close()
	defer s.breakOff()
	defer s.survive()
	if s.prepare(); s.ending == "" {
		s.greet()
	}
	for s.ending == "" {
		if !s.in.pending() {
			s.out.flush()
		}
		s.end("", s.out.err)
		s.endInterrupted()
		if s.ending == "" {
			s.step(ctx)
		}
	}
	s.out.flush()
}

// step reads one command and answers it.
func (s *session) step(ctx context.Context) {
	s.conn.awaitCommand()
	line, err := s.in.readLine()
	if err != nil {
		s.endRead(ctx, err)
		return
	}
	s.debug("command", s.masked(line))
	if s.isHTTP(line) {
		s.end(reasonHTTP, nil)
		return
	}
	r, err := s.dispatch(ctx, line)
	if err != nil && ctx.Err() != nil && s.ending == "" {
		s.endCommand(ctx)
		return
	}
	s.write(ctx, r, err)
	if r.thenTLS {
		s.startTLS()
	}
}

// survive keeps a fault in one session from ending all the others.
func (s *session) survive() {
	if fault := recover(); fault != nil {
		s.end(reasonPanic, fmt.Errorf("panic: %v\n%s", fault, debug.Stack()))
	}
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
