package pop3

import (
	"context"
	"errors"
	"os"
	"time"
)

// end makes this the session's last command if there is a reason or an error.
// Without a reason it is derived from the error. Only the first call counts.
func (s *session) end(why reason, err error) {
	if s.ending != "" || why == "" && err == nil {
		return
	}
	if why == "" {
		why, err = s.reasonOf(err)
	}
	s.ending, s.cause = why, err
}

// interrupted reports whether the session has to end before its next command.
func (s *session) interrupted() bool {
	return s.server.suspend.hasBegun() && !s.handshakes() || s.mustStop() || s.eviction.ordered() != nil
}

// mustStop reports whether the server is closing and the session, which no user
// has logged in to, has no work to finish.
func (s *session) mustStop() bool {
	return !s.loggedIn() && s.server.closing.hasBegun() && !s.handshakes()
}

// canSuspend reports whether the session is asked to suspend itself and can. An
// evicted session must not go on elsewhere.
func (s *session) canSuspend() bool {
	return s.server.suspend.hasBegun() && s.eviction.ordered() == nil
}

// endInterrupted ends a session that is interrupted between two commands.
func (s *session) endInterrupted() {
	switch {
	case s.ending != "":
	case s.canSuspend():
		s.endSuspended()
	case s.eviction.ordered() != nil:
		s.endRefused(s.eviction.ordered())
	case s.interrupted():
		s.endWith(ErrTemporary, ErrServerClosed)
	}
}

// endRead ends a session that has no next command.
func (s *session) endRead(ctx context.Context, err error) {
	if errors.Is(err, os.ErrDeadlineExceeded) {
		s.endInterrupted()
		if s.ending == "" && s.conn.expired() {
			s.endWith(s.expiry(), s.expiry())
		}
	}
	if errors.Is(err, ErrTooLong) {
		s.writeError(ctx, ErrTooLong)
	}
	s.end("", err)
}

// endCommand ends a session whose context was cancelled during a command.
func (s *session) endCommand(ctx context.Context) {
	err := context.Cause(ctx)
	var refusal *Refusal
	switch {
	case errors.As(err, &refusal):
		s.endRefused(refusal)
	case errors.Is(err, ErrExpired), errors.Is(err, ErrLoginTime):
		s.endWith(visible(err), err)
	case errors.Is(err, ErrServerClosed):
		s.endWith(ErrTemporary, err)
	default:
		s.end("", err)
	}
}

// endRefused ends the session of a client that has reached a limit.
func (s *session) endRefused(r *Refusal) {
	if s.ending != "" {
		return
	}
	s.refusal = r
	s.end(reasonRefused, nil)
	if s.awaitsTLS() {
		return
	}
	s.lastReply = true
	s.endWith(r.Answer, nil)
}

// mayReject reports whether an error reply may end the session. A client that has logged in
// would read a reply that it has not asked for as the one to its next command. If that is
// UIDL, mpop forgets what it has fetched, and fetches all of it again. RFC 1939 §3
// (autologout) forbids such a reply too.
func (s *session) mayReject() bool {
	return !s.loggedIn() || s.answering && !s.last.isOptional()
}

// awaitsTLS reports whether the client expects TLS: then nothing may be sent in clear (RFC
// 8314 §3.3).
func (s *session) awaitsTLS() bool {
	return s.tls.conn == nil && (s.port.TLS || s.Authorization.Handshake)
}

// endWith ends a session with an error reply, or without one where the client could
// mistake its meaning. It does not wait for a client that reads nothing.
func (s *session) endWith(last *Error, why error) {
	if s.awaitsTLS() {
		s.end("", why)
		return
	}
	s.conn.expireAt(time.Now().Add(s.closeTimeout()))
	if s.mayReject() {
		s.replyError(last)
	}
	s.end("", why)
}

// closeTimeout returns how long the client may take to read the last reply.
func (s *session) closeTimeout() time.Duration {
	if s.eviction.ordered() != nil {
		return evictedCloseTimeout
	}
	return closeTimeout
}

// close releases everything that the session holds and logs its end. What a
// suspended session holds belongs to the process that continues it.
func (s *session) close() {
	if s.ending == reasonSuspended {
		return
	}
	defer s.closeConnection()
	defer s.tx.close()
	s.tx.fetchedAgain()
}

// closeConnection ends the connection and logs the end of the session.
func (s *session) closeConnection() {
	s.closeNotify()
	switch s.ending {
	case reasonAuth, reasonTooLong, reasonExpired, reasonLogin, reasonClosed:
		// Not when refused: a flood of such clients would hold places. Their
		// reply has been sent, and they have sent too little to reset it.
		s.conn.linger()
	}
	switch s.ending {
	case reasonTimeout, reasonExpired, reasonLogin:
		s.conn.discardUnsent()
	case reasonRefused, reasonClosed:
		if s.out.err != nil {
			s.conn.discardUnsent() // The client did not even read the last reply.
		}
	}
	_ = s.conn.Close() // An error changes nothing for the client or the session.
	s.logEnd()
	s.logDialogue()
}
