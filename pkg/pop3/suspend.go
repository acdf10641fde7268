package pop3

import (
	"context"
	"errors"
	"net"
	"os"
	"slices"
	"sync"
	"sync/atomic"
	"time"
)

// Suspended is a session at rest between two commands: its State, and what
// cannot be plain data. Its owner passes it to Resume or to Abandon.
type Suspended struct {
	State   State
	Conn    net.Conn
	Mailbox Mailbox // nil before login

	// New means that the client has got nothing from the server yet. Only Abandon looks at it.
	New bool

	session *session // that cannot leave this process, or nil
}

// Suspender is a Mailbox that can continue in another process.
type Suspender interface {
	// Suspend takes the mailbox out of this process: as plain data, and with its open
	// files, which the caller closes. If that is not possible it returns nothing, and the
	// caller closes the mailbox.
	Suspend() (state []byte, files []*os.File)
}

// Stays reports whether the session can only be continued in this process: its
// client uses TLS, whose keys cannot be handed over, or is in the middle of a SASL
// exchange, or its mailbox is not a Suspender.
func (p *Suspended) Stays() bool { return p.session != nil }

// stays reports the same of a session.
func (s *session) stays() bool {
	if s.tls.conn != nil || s.auth.exchange != nil {
		return true
	}
	_, moves := s.tx.mailbox.(Suspender)
	return s.tx.mailbox != nil && !moves
}

// suspension is the request to all sessions of a server to suspend themselves.
type suspension struct {
	*request
	hurry atomic.Bool // TLS handshakes are not waited for any more
}

// handshakeGrace is how long Suspend waits for TLS handshakes that have begun.
const handshakeGrace = 3 * time.Second

// endSuspended suspends the session once all replies have been sent.
func (s *session) endSuspended() {
	s.out.flush()
	if s.out.err != nil {
		s.end("", s.out.err)
		return
	}
	s.ending = reasonSuspended
}

// handshakes reports whether the client is in the middle of a TLS handshake, which is not
// interrupted for a while: it can neither be handed over nor begun again.
func (s *session) handshakes() bool {
	return s.shaking && s.conn.received > s.shakenAt && s.server.suspend.hasBegun() && !s.server.suspend.hurry.Load()
}

// suspended returns a session that has suspended itself.
func (s *session) suspended() *Suspended {
	if s.tx.mailbox != nil {
		s.count(&s.server.stats.mailboxes, -1)
	}
	if s.stays() {
		return &Suspended{State: *s.State, Conn: s.conn.Conn, Mailbox: s.tx.mailbox, session: s}
	}
	s.Input = slices.Clone(s.in.buf[s.in.taken:])
	return &Suspended{State: *s.State, Conn: s.conn.Conn, Mailbox: s.tx.mailbox}
}

// Suspend closes the listeners and brings each session to rest once the
// command that it is at has been answered; delays of error replies are cut short. It returns
// the sessions at rest, without a word to their clients. A session that
// is still busy when ctx is done is closed, and nothing is deleted that QUIT had
// not begun to delete. The server is of no use afterwards; a second call returns
// none.
func (s *Server) Suspend(ctx context.Context) []*Suspended {
	s.suspend.begin()
	defer time.AfterFunc(handshakeGrace, func() {
		s.suspend.hurry.Store(true)
		s.wakeAll()
	}).Stop()
	if s.Shutdown(ctx) != nil {
		s.Close()
	}
	s.backend.end()
	return s.registry.takeAtRest()
}

// Resume goes on with a session that another server suspended, of this process or
// another, and returns at once. It serves it even if there are max others. The
// error is ErrServerClosed, or that p does not fit together; the caller still
// has what p holds.
func (s *Server) Resume(p *Suspended) error {
	if !p.coherent() {
		return errors.New("pop3: the state of the session does not match its mailbox")
	}
	if p.session != nil {
		return s.adopt(p.session)
	}
	s.backend.get().mustServe()
	t := s.enter(p.Conn, false)
	if t == nil {
		return ErrServerClosed
	}
	if p.Mailbox != nil {
		s.stats.mailboxes.Add(1)
	}
	ses := s.newServed(t, t.Backend, Port{}, p)
	ses.placed = s.places.takeFree()
	// Many sessions are resumed at once, and most of them wait for their clients.
	ses.conn.parks, ses.conn.atOnce = ses.conn.raw != nil, true
	go s.serve(ses)
	return nil
}

// Abandon ends sessions at rest that cannot be continued, and returns when they
// have ended. Nothing is deleted, and the ends are reported like those of other sessions.
// Clients that have not logged in get an error reply. Of a session whose State is
// lost only the connection is needed; its client may have logged in, and gets no reply.
func (s *Server) Abandon(sessions ...*Suspended) {
	var all sync.WaitGroup // Each may take the time of a farewell.
	for _, p := range sessions {
		all.Go(func() { s.abandon(p) })
	}
	all.Wait()
}

func (s *Server) abandon(p *Suspended) {
	b := s.backend.get()
	if p.session != nil {
		s.abandonStaying(p.session)
		return
	}
	isLost := p.State.ID == ""
	if isLost {
		p = &Suspended{State: newState(b, p.Conn), Conn: p.Conn, Mailbox: p.Mailbox, New: p.New}
	}
	ses := newSession(s, b, p)
	if p.Mailbox != nil {
		ses.count(&s.stats.mailboxes, 1) // until close takes it back
	}
	if mayHaveLoggedIn := isLost && !p.New || p.Mailbox != nil; !mayHaveLoggedIn {
		ses.endWith(ErrTemporary, ErrServerClosed)
	}
	ses.end("", ErrServerClosed)
	ses.out.flush()
	ses.close()
	s.report(ses)
}

// coherent reports whether the state goes with the mailbox.
func (p *Suspended) coherent() bool {
	if p.Mailbox == nil {
		return !p.State.loggedIn()
	}
	return p.State.loggedIn() && max(p.State.Transaction.Marks.highest(), p.State.Transaction.Unread.highest()) <= p.Mailbox.Listing().Len()
}
