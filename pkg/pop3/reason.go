package pop3

import (
	"errors"
	"io"
	"net"
	"os"
)

// reason is why a session ended, in the words of the log.
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

	// reasonSuspended is not an end: another process continues the session.
	reasonSuspended reason = "suspended"
)

// reasons are the errors that need no details in the log beside the reason.
var reasons = []struct {
	err error
	why reason
}{
	{ErrExpired, reasonExpired},
	{ErrLoginTime, reasonLogin},
	{os.ErrDeadlineExceeded, reasonTimeout},
	{ErrServerClosed, reasonClosed},
	{net.ErrClosed, reasonClosed},
	{os.ErrClosed, reasonClosed},
	{io.EOF, reasonClient},
	{ErrTooLong, reasonTooLong},
	{ErrAuth, reasonAuth},
	{errHello, reasonHello},
}

// reasonOf returns the reason for which err ends the session, and err if the log
// needs it too. An unknown error is one of the connection.
func (s *session) reasonOf(err error) (reason, error) {
	if errors.Is(err, os.ErrDeadlineExceeded) {
		switch evicted := s.eviction.ordered(); {
		case evicted != nil:
			err = evicted
		case s.mustStop():
			err = ErrServerClosed
		case s.conn.expired():
			err = s.expiry()
		}
	}
	if refusal := (*Refusal)(nil); errors.As(err, &refusal) {
		s.refusal = refusal
		return reasonRefused, nil
	}
	for _, r := range reasons {
		if errors.Is(err, r.err) {
			return r.why, nil
		}
	}
	return reasonLost, err
}

// expiry returns the error of a connection that has reached its time limit.
func (s *State) expiry() *Error {
	if s.mustLogIn() {
		return ErrLoginTime
	}
	return ErrExpired
}
