package pop3

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
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
	*State  // nil while it is parked
	server  *Server
	home    atomic.Pointer[registry] // of server, for other goroutines: see isIn
	backend *Backend
	conn    timedConn
	in      *input  // nil while it is parked, unless the client has sent something
	out     *writer // nil while it is parked
	tls     encryption
	parked  parked

	auth authorization // the AUTHORIZATION state (RFC 1939 §4)
	tx   transaction   // the TRANSACTION state (RFC 1939 §5)

	last     *command  // the last command; nil before the first
	activity *activity // while the session is at work; nil if no one may look at it

	limiter  Limiter // of the guard
	eviction eviction

	counted  *countedBackend // whose sessions this one is one of
	shakenAt int64           // octets received before the TLS handshake
	space    int32           // in the server's lot, whose lock guards it
	port     Port
	placed   bool // it holds one of the server's places
	prepared bool // what comes before the greeting is done
	shaking  bool // the client is in a TLS handshake

	recorded  uint64   // place of the last line in the server's Recorder
	ending    reason   // "" while the session continues
	cause     error    // details of ending; may be nil
	refusal   *Refusal // the limit that ended the session; nil if none did
	lastReply bool     // the last replies of the session are being written
	answering bool     // a command has been read, and its reply is due
}

// newSession returns the session that continues p.
func newSession(server *Server, b *Backend, p *Suspended) *session {
	state := p.State
	s := &session{
		State: &state, server: server, backend: b, limiter: unlimited{}, space: notParked, in: &input{},
	}
	s.home.Store(server.registry)
	s.conn.start(s, p.Conn, b.CommandTimeout, state.ends())
	s.in.start(&s.conn, state.Input)
	s.auth = authorization{Authorization: &s.Authorization, s: s}
	s.tx = transaction{Transaction: &s.Transaction, s: s, mailbox: p.Mailbox}
	s.Input = nil
	s.goOn()
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

// run serves the session until it ends, and returns false. It returns true once the
// session is parked: then it is not this goroutine's any more. When ctx is cancelled
// the session ends at once.
func (s *session) run(ctx context.Context) (parked bool) {
	defer s.recoverPanic()
	for s.work(ctx); s.ending == ""; s.work(ctx) {
		s.release()
		if s.server.registry.lot.park(s, s.conn.command.next()) {
			return true
		}
	}
	return false
}

// work serves the session until it ends or has waited for its client for a while.
func (s *session) work(ctx context.Context) {
	s.goOn()
	s.server.registry.lot.expose(s)
	s.showWaiting()
	ctx, stop := s.begin(ctx)
	defer stop()
	if !s.prepared {
		s.prepared = true
		if s.prepare(); s.ending == "" {
			s.auth.greet()
		}
	}
	for waits := false; s.ending == "" && !waits; {
		if !s.in.pending() {
			s.out.flush()
		}
		s.end("", s.out.err)
		s.endInterrupted()
		if s.ending == "" {
			waits = s.step(ctx)
		}
	}
	s.out.flush()
}

// begin returns the context of commands, and a function that ends it and the
// timers that belong to it.
func (s *session) begin(ctx context.Context) (context.Context, func()) {
	ctx, cancel := context.WithCancelCause(ctx)
	timer := time.AfterFunc(time.Until(s.Expires), func() { cancel(ErrExpired) })
	s.eviction.beginWork(cancel)
	s.auth.startLimit(cancel)
	return ctx, func() {
		s.auth.stopLimit()
		s.auth.limit = nil
		s.eviction.endWork()
		timer.Stop()
		cancel(nil)
	}
}

// errDiscarded ends a session whose thread could not get its own rights back after it had those
// of a mailbox's owner. Such a thread ends with its goroutine (runtime.Goexit), of which only the
// deferred calls still run.
var errDiscarded = errors.New("the thread of the session was discarded")

// finish gives back what a session holds that has ended. One that is suspended and
// cannot leave this process keeps it. A fault in one step does not keep the others from
// being taken.
func (s *session) finish() {
	defer s.recoverPanic()
	s.end(reasonMailbox, errDiscarded) // It has another reason unless run was cut short.
	defer s.hide()
	if s.ending == reasonSuspended && s.stays() {
		return
	}
	defer func() { s.limiter.Close() }()
	defer s.close()
	s.auth.abort()
}

// recoverPanic keeps a fault in one session from ending all the others.
func (s *session) recoverPanic() {
	fault := recover()
	if fault == nil {
		return
	}
	err := fmt.Errorf("panic: %v\n%s", fault, debug.Stack())
	if s.ending != "" { // The record of the end has another reason, or has been written.
		s.log(slog.LevelError, EventTrouble, slog.Any("error", err))
	}
	s.end(reasonPanic, err)
}

// count changes a counter of the server, unless the session only tests it.
func (s *session) count(figure *atomic.Int64, by int64) {
	if !s.backend.Quiet {
		figure.Add(by)
	}
}
