package pop3

import (
	"context"
	"fmt"
	"log/slog"
	"net/netip"
	"time"
)

// Guard bounds what clients may take and how fast they may guess. Several
// goroutines may use it.
type Guard interface {
	// Enter counts a connection. Whoever gets the Place calls its Leave.
	Enter(Visitor) (Place, *Refusal)
}

// Visitor is a connection as a Guard sees it.
type Visitor struct {
	Remote  netip.Addr // not valid unless it came over IP
	Account string     // who has logged in, of a session that is resumed; else ""
	Resumed bool       // it was let in before, and is not to be refused

	// Evict ends the connection for the sake of others. It may be called from
	// any goroutine and returns at once; where LogIn has let the session
	// through it is not called any more.
	Evict func(*Refusal)
}

// Place is a connection that a Guard counts. One goroutine at a time uses it.
type Place interface {
	// Try asks for a check of login's password, and reserves it: 0 is that it
	// may begin, another time how long to wait before Try is called again.
	// secret is the password or token, "" if the client does not send it; it is
	// not kept. Tried or Leave end what Try has begun. Try with another login
	// takes the place of what was reserved before: the database has the user
	// under that name.
	Try(login, secret string) (time.Duration, *Refusal)
	// Known reports whether it may be expected that the client is whom login
	// names, or at least somebody who may log in: then strangers do not come
	// before it where there is a queue.
	Known(login string) bool
	// Tried is called with the outcome of the check that followed Try, or with
	// why there was none. login is the name in the database if the user was
	// found there.
	Tried(login string, err error)
	// LogIn counts the session as one of the account with exactly this name, which may
	// have quota of them at once at most if that is not 0.
	LogIn(account string, quota int) *Refusal
	// Leave forgets the connection; a second call does nothing.
	Leave()
}

// Refusal is the error for a client whom a limit keeps from going on. It ends
// the session.
type Refusal struct {
	Answer    *Error // what the client reads
	Reason    string // in the log, always the same words for the same limit
	Parameter string // that sets the limit
	Count     int    // what was counted when the limit was reached
}

// Error says which limit it is.
func (r *Refusal) Error() string { return fmt.Sprintf("%s: %d (%s)", r.Reason, r.Count, r.Parameter) }

// unguarded is the place of a session that nothing limits.
type unguarded struct{}

func (unguarded) Try(string, string) (time.Duration, *Refusal) { return 0, nil }
func (unguarded) Known(string) bool                            { return false }
func (unguarded) Tried(string, error)                          {}
func (unguarded) LogIn(string, int) *Refusal                   { return nil }
func (unguarded) Leave()                                       {}

// takePlace has the guard count the session by the address that its client has
// now. It is called again when that turns out to be another one. A session that
// is resumed was let in before.
func (s *session) takePlace(resumed bool) *Refusal {
	s.place.Leave()
	s.place = unguarded{}
	if s.backend.Guard == nil {
		return nil
	}
	v := Visitor{Remote: s.Peer.Addr(), Resumed: resumed, Evict: func(r *Refusal) {
		s.evicted.Store(r)
		s.cancel(r)
		wake(s.conn.Conn)
	}}
	if s.Account != nil {
		v.Account = s.Account.Name
	}
	place, refusal := s.backend.Guard.Enter(v)
	if refusal != nil {
		return refusal
	}
	s.place = place
	return nil
}

// knownKey is of the value of a context that says whether its client is known.
type knownKey struct{}

// Known reports whether a Guard expects the client to be who it says, for an
// Authenticator with a queue, by the ctx of its call.
func Known(ctx context.Context) bool {
	known, ok := ctx.Value(knownKey{}).(*bool)
	return ok && *known
}

// WithKnown returns a context for which Known returns what known points at.
func WithKnown(ctx context.Context, known *bool) context.Context {
	return context.WithValue(ctx, knownKey{}, known)
}

// check asks who it is that logs in, once the guard allows it. The delay comes
// before the check, so that a flood of guesses does not cost more than its
// connections.
func (s *session) check(ctx context.Context, secret string, ask func() (*Account, error)) (*Account, error) {
	s.tried = time.Now()
	if err := s.reserve(ctx, s.Login, secret); err != nil {
		return nil, err
	}
	account, err := ask()
	return account, s.settle(ctx, secret, account, err)
}

// reserve waits until the guard allows a check. The caller has to settle it.
func (s *session) reserve(ctx context.Context, login, secret string) error {
	s.known = s.place.Known(login)
	for {
		delay, refusal := s.place.Try(login, secret)
		if refusal != nil {
			return refusal
		}
		if ctx.Err() != nil {
			return context.Cause(ctx) // The session ends, and Leave undoes the reservation.
		}
		if delay == 0 {
			s.reserved = true
			return nil
		}
		s.extendLogin(delay)
		s.out.flush()
		if err := s.pause(ctx, delay); err != nil {
			return err
		}
	}
}

// settle reports the outcome of a check to the guard. It returns the error that
// counts: an eviction may be why the check failed.
//
// The database may have found the user under another name than the client sent,
// for instance in letters of other case. Then the delay of that name is waited
// for too, before the client learns the outcome: other spellings of a name give
// no further guesses.
func (s *session) settle(ctx context.Context, secret string, account *Account, err error) error {
	name := rowName(s.Login, account, err)
	if s.Login != "" && name != s.Login {
		if refusal := s.reserve(ctx, name, secret); refusal != nil {
			s.reserved = false
			s.place.Tried(name, err) // The check was made, so that it counts.
			return refusal
		}
	}
	s.reserved = false
	if account == nil || !account.Unproven {
		s.place.Tried(name, err)
	}
	if refusal := s.evicted.Load(); refusal != nil {
		return refusal
	}
	return err
}

// errBrokenOff is the outcome of an exchange that the client has not finished.
// It is counted like a wrong password: the user was looked up for it.
var errBrokenOff = fmt.Errorf("the client did not finish the exchange: %w", ErrAuth)

// breakOff ends an exchange with the session. It counts unless the server ended
// the session.
func (s *session) breakOff() {
	if s.server.isClosing() || s.server.suspend.requested() || s.evicted.Load() != nil {
		return
	}
	s.endAuth()
}

// endAuth ends the SASL exchange, if there is one. One that has not been settled
// is a failed login, in the log too.
func (s *session) endAuth() {
	a := s.auth
	s.auth = nil
	if !s.reserved {
		return
	}
	s.reserved = false
	s.place.Tried(s.Login, errBrokenOff)
	if a != nil {
		s.log(slog.LevelInfo, EventLoginFailed, a.attrs(slog.Any("error", errBrokenOff))...)
	}
}

// refused ends the session of a client whom a limit keeps out.
func (s *session) refused(r *Refusal) {
	if s.ending != "" {
		return
	}
	s.refusal = r
	s.end(reasonRefused, nil)
	if s.port.TLS && s.tls.conn == nil {
		return // Nothing may be said in clear where a client expects TLS.
	}
	s.told = true
	s.dismiss(r.Answer, nil)
}
