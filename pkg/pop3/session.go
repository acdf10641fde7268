package pop3

import (
	"context"
	"fmt"
	"net"
	"runtime/debug"
	"sync/atomic"
	"time"
)

// session is one connection: the loop over its commands, the connection with
// its limits, TLS and the writer. What a command does is in the two states of
// RFC 1939 §3, auth and tx. UPDATE has no type: QUIT passes through it within
// one command. Between two commands a session is its State, the connection and
// the open mailbox.
type session struct {
	State
	server  *Server
	backend *Backend
	port    Port
	conn    *timedConn
	in      *input
	out     writer
	tls     encryption

	auth authorization // the AUTHORIZATION state (RFC 1939 §4)
	tx   transaction   // the TRANSACTION state (RFC 1939 §5)

	limiter Limiter                 // of the guard
	evicted atomic.Pointer[Refusal] // set when the guard ends the session
	cancel  context.CancelCauseFunc // cancels the current command, with the reason

	ending    reason   // "" while the session continues
	cause     error    // details of ending; may be nil
	refusal   *Refusal // the limit that ended the session; nil if none did
	lastReply bool     // the reply that ends the session is being written
}

// newSession returns the session that continues p.
func newSession(server *Server, b *Backend, p *Suspended) *session {
	c := newTimedConn(p.Conn, b.CommandTimeout, p.State.ends())
	s := &session{
		State: p.State, server: server, backend: b, conn: c, in: newInput(c, p.State.Input), limiter: unlimited{},
	}
	s.auth = authorization{Authorization: &s.Authorization, s: s}
	s.tx = transaction{Transaction: &s.Transaction, s: s, mailbox: p.Mailbox}
	s.Input = nil
	s.in.long = s.auth.takesLong
	c.interrupted, c.stopping = s.interrupted, s.mustStop
	c.evicted = func() bool { return s.evicted.Load() != nil && !s.lastReply }
	s.out.to, s.out.debug = c, s.debug
	return s
}

// newState returns the state of a new session.
func newState(b *Backend, conn net.Conn) State {
	now := time.Now()
	state := State{
		ID:      token(),
		Remote:  host(conn.RemoteAddr()),
		Peer:    addrPort(conn.RemoteAddr()),
		Local:   addrPort(conn.LocalAddr()),
		Near:    isNear(addrPort(conn.RemoteAddr()).Addr()),
		Start:   now,
		Expires: now.Add(b.ConnectionKeepTime),
	}
	if b.LoginTime > 0 {
		state.Authorization.LoginBy = now.Add(b.LoginTime)
	}
	return state
}

// run serves the session to its end and closes the connection, unless the
// session is suspended. When ctx is cancelled it ends at once.
func (s *session) run(ctx context.Context) {
	ctx, cancel := context.WithDeadlineCause(ctx, s.Expires, ErrExpired)
	defer cancel()
	ctx, s.cancel = context.WithCancelCause(ctx)
	defer s.cancel(nil)
	s.auth.startLimit()
	defer s.auth.stopLimit()
	defer func() { s.limiter.Close() }()
	defer s.close()
	defer s.auth.abort()
	defer s.recoverPanic()
	if s.prepare(); s.ending == "" {
		s.auth.greet()
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

// recoverPanic keeps a fault in one session from ending all the others.
func (s *session) recoverPanic() {
	if fault := recover(); fault != nil {
		s.end(reasonPanic, fmt.Errorf("panic: %v\n%s", fault, debug.Stack()))
	}
}

// count changes a counter of the server, unless the session only tests it.
func (s *session) count(figure *atomic.Int64, by int64) {
	if !s.backend.Quiet {
		figure.Add(by)
	}
}
