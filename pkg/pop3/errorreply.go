package pop3

import (
	"cmp"
	"context"
	"errors"
	"log/slog"
	"time"
)

// writeError replies with err: its own text if it is or wraps an *Error, else
// [SYS/TEMP] (RFC 3206 §4), with the full text in the log. An optional command that fails for
// a reason of this server gets no reply: the session ends.
func (s *session) writeError(ctx context.Context, err error) {
	var refusal *Refusal
	if errors.As(err, &refusal) {
		s.endRefused(refusal)
		return
	}
	known := visible(err)
	if known != err { // A bare *Error contains nothing more for the log.
		event := EventTrouble
		if errors.Is(err, ErrEncoded) {
			event = EventUnreadable
		}
		s.log(slog.LevelWarn, event, slog.Any("error", err))
	}
	if s.misleads(known) {
		s.end(reasonMailbox, nil)
		return
	}
	s.Errors++
	if s.delays(known) {
		s.out.flush()
		if s.pause(ctx, s.errorInterval(known)) != nil || ctx.Err() != nil {
			s.endCommand(ctx) // Without a reply, which the client could get early otherwise.
			return
		}
	}
	s.replyError(known)
	if errors.Is(err, ErrMailboxLost) {
		s.end(reasonMailbox, nil) // The error has been logged already.
	}
	if known.Code == CodeAuth {
		// As in 0.8: a new attempt needs a new connection.
		s.end("", ErrAuth)
	}
}

// replyError passes an error to the writer, in the session's language.
func (s *session) replyError(err *Error) {
	s.observeError(err)
	s.out.line(statusError, err.in(s.Language))
}

// visible reduces err to what the client may read: ErrTemporary unless err is or
// wraps an *Error.
func visible(err error) *Error {
	return cmp.Or(ErrorIn(err), ErrTemporary)
}

// freeErrors is how many errors a client may cause in one session without
// delay.
const freeErrors = 10

// delays reports whether error-interval applies: to a failed login, and to
// any error of a client that causes many.
func (s *session) delays(err *Error) bool {
	return s.backend.DelayAll || err.Code == CodeAuth || s.Errors > freeErrors
}

// errorInterval returns how long to wait before the reply. For a failed login the
// time since the password arrived is subtracted: the guard's delay and the check
// itself, which may take longer for some users, or for unknown ones. So the time
// of the reply reveals nothing about the user.
func (s *session) errorInterval(err *Error) time.Duration {
	if err.Code == CodeAuth {
		return s.backend.ErrorInterval - time.Since(s.auth.tried)
	}
	return s.backend.ErrorInterval
}

// misleads reports whether the client would take an error of this server for the lack of a
// command: without UIDL it would fetch all messages again.
func (s *session) misleads(err *Error) bool {
	return err.Code != CodeNone && s.loggedIn() && s.last.isOptional()
}

// isOptional reports whether an error reply would change what a client expects of the server.
func (c *command) isOptional() bool { return c != nil && c.optional }

// arityError returns the text of TPOPS 0.8 for a wrong number of arguments.
func (c *command) arityError() error {
	if c.max == 0 {
		return ErrMany
	}
	return ErrFewMany
}
