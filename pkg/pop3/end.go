package pop3

import (
	"context"
	"errors"
	"io"
	"net"
	"os"
	"time"
)

// reason says why a session ended.
type reason string

const (
	reasonQuit      reason = "quit"
	reasonClient    reason = "connection closed by client"
	reasonLost      reason = "connection lost"
	reasonTimeout   reason = "command timeout"
	reasonExpired   reason = "connection time exceeded"
	reasonLogin     reason = "login time exceeded"
	reasonRefused   reason = "refused" // by the guard
	reasonAuth      reason = "authentication failed"
	reasonTooLong   reason = "command line too long"
	reasonHeader    reason = "no PROXY protocol header"
	reasonHTTP      reason = "HTTP request"
	reasonHello     reason = "TLS where POP3 was expected"
	reasonHandshake reason = "TLS handshake failed"
	reasonNoTLS     reason = "TLS is not configured"
	reasonMessage   reason = "message not readable"
	reasonMailbox   reason = "mailbox lost"
	reasonClosed    reason = "server closed"
	reasonPanic     reason = "internal error"

	// reasonSuspended is no end: another process goes on with the session.
	reasonSuspended reason = "suspended"
)

// reasons are the errors that say all about why a session ended.
var reasons = []struct {
	err error
	why reason
}{
	{ErrExpired, reasonExpired},
	{ErrLoginTime, reasonLogin},
	{os.ErrDeadlineExceeded, reasonTimeout},
	{ErrServerClosed, reasonClosed},
	{net.ErrClosed, reasonClosed},
	{io.EOF, reasonClient},
	{ErrTooLong, reasonTooLong},
	{ErrAuth, reasonAuth},
	{errHello, reasonHello},
}

// reasonOf returns the reason for which err ends the session, and err where
// there is more to it. What is not known is the connection's error.
func (s *session) reasonOf(err error) (reason, error) {
	if errors.Is(err, os.ErrDeadlineExceeded) {
		switch evicted := s.evicted.Load(); {
		case evicted != nil:
			s.refusal = evicted
			return reasonRefused, nil
		case s.dismissed():
			err = ErrServerClosed
		case s.conn.expired():
			err = s.expiry()
		}
	}
	for _, r := range reasons {
		if errors.Is(err, r.err) {
			return r.why, nil
		}
	}
	return reasonLost, err
}

// expiry returns the error of a connection that has lasted as long as it may.
func (s *session) expiry() *Error {
	if s.mustLogIn() {
		return ErrLoginTime
	}
	return ErrExpired
}

// end makes this the session's last command if there is a reason or an error;
// without a reason the error says it. The first one counts.
func (s *session) end(why reason, err error) {
	if s.ending != "" || why == "" && err == nil {
		return
	}
	if why == "" {
		why, err = s.reasonOf(err)
	}
	s.ending, s.cause = why, err
}

// interrupted reports whether the session is to end before its next command.
func (s *session) interrupted() bool {
	return s.server.suspend.requested() || s.dismissed() || s.evicted.Load() != nil
}

// dismissed reports whether the session has no work to finish on a server that
// waits for its sessions to end.
func (s *session) dismissed() bool { return s.Account == nil && s.server.isClosing() }

// endInterrupted ends a session that is interrupted. Neither the keys of TLS nor
// an exchange of SASL can be given to another process, so that a session with
// one of them ends where others are suspended.
func (s *session) endInterrupted() {
	switch {
	case s.ending != "":
	case s.server.suspend.requested() && s.tls.conn == nil && s.auth == nil:
		s.endSuspended()
	case s.evicted.Load() != nil:
		s.refused(s.evicted.Load())
	case s.interrupted():
		s.dismiss(ErrTemporary, ErrServerClosed)
	}
}

// endRead ends a session that has no next command. A client that was silent
// for too long gets no answer (RFC 1939 §3, autologout).
func (s *session) endRead(ctx context.Context, err error) {
	if errors.Is(err, os.ErrDeadlineExceeded) {
		s.endInterrupted()
		if s.ending == "" && s.conn.expired() {
			s.dismiss(s.expiry(), s.expiry())
		}
	}
	if errors.Is(err, ErrTooLong) {
		s.write(ctx, reply{}, ErrTooLong)
	}
	s.end("", err)
}

// endCommand ends a session whose context was cancelled while the client waits
// for the answer to a command.
func (s *session) endCommand(ctx context.Context) {
	err := context.Cause(ctx)
	var refusal *Refusal
	switch {
	case errors.As(err, &refusal):
		s.refused(refusal)
	case errors.Is(err, ErrExpired), errors.Is(err, ErrLoginTime):
		s.dismiss(visible(err), err)
	case errors.Is(err, ErrServerClosed):
		s.dismiss(ErrTemporary, err)
	default:
		s.end("", err)
	}
}

// dismiss ends a session between two commands, and its client is told last. A
// client that takes nothing is not waited for.
func (s *session) dismiss(last *Error, why error) {
	s.conn.expires = time.Now().Add(s.farewell())
	s.statusLine("-ERR", s.sayError(last))
	s.end("", why)
}

// farewell returns how long the client may take over the last that it is told.
func (s *session) farewell() time.Duration {
	if s.evicted.Load() != nil {
		return shortFarewell
	}
	return farewell
}

// close gives everything back that the session holds and tells the log. What
// a suspended session holds is for whoever goes on with it.
func (s *session) close() {
	if s.ending == reasonSuspended {
		return
	}
	s.closeMailbox()
	s.closeNotify()
	switch s.ending {
	case reasonAuth, reasonTooLong, reasonExpired, reasonLogin, reasonClosed:
		// Not when refused: a flood of such clients would hold places. What they
		// are told is on its way, and they have said little that could reset it.
		s.conn.linger()
	}
	switch s.ending {
	case reasonTimeout, reasonExpired, reasonLogin:
		s.conn.cut()
	case reasonRefused, reasonClosed:
		if s.out.err != nil {
			s.conn.cut() // It did not even take the last that it was told.
		}
	}
	_ = s.conn.Close() // Nothing can be done about it, and nobody is listening any more.
	s.logEnd()
}
