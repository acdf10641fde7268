package pop3

import (
	"context"
	"fmt"
	"net/netip"
	"time"
)

// Guard bounds what clients may take and how fast they may guess. Several
// goroutines may use it.
type Guard interface {
	// Enter counts a connection. The caller calls Leave of the Place.
	Enter(Visitor) (Place, *Refusal)
}

// Visitor is a connection as a Guard sees it.
type Visitor struct {
	Remote  netip.Addr // not valid unless it came over IP
	Account string     // the user of a resumed session that has logged in; else ""
	Resumed bool       // it was accepted before, and must not be refused

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
	// Known reports whether login has succeeded from this address before, or the
	// address has had only successful logins. Known clients take precedence
	// over others in a queue.
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

// Refusal is the error for a client that has reached a limit. It ends
// the session.
type Refusal struct {
	Answer    *Error // what the client reads
	Reason    string // in the log, always the same words for the same limit
	Parameter string // that sets the limit
	Count     int    // what was counted when the limit was reached
}

// Error returns which limit it is.
func (r *Refusal) Error() string { return fmt.Sprintf("%s: %d (%s)", r.Reason, r.Count, r.Parameter) }

// unlimited is the place of a session without a guard.
type unlimited struct{}

func (unlimited) Try(string, string) (time.Duration, *Refusal) { return 0, nil }
func (unlimited) Known(string) bool                            { return false }
func (unlimited) Tried(string, error)                          {}
func (unlimited) LogIn(string, int) *Refusal                   { return nil }
func (unlimited) Leave()                                       {}

// takePlace makes the guard count the session under the current address of its
// client. It is called again when PROXY or XCLIENT gives another address. A
// resumed session was accepted before.
func (s *session) takePlace(resumed bool) *Refusal {
	s.place.Leave()
	s.place = unlimited{}
	if s.backend.Guard == nil {
		return nil
	}
	v := Visitor{Remote: s.Peer.Addr(), Resumed: resumed, Evict: func(r *Refusal) {
		s.evicted.Store(r)
		s.cancelCommand(r)
		wake(s.conn.Conn)
		s.server.lot.wake(s)
	}}
	if s.Transaction.Account != nil {
		v.Account = s.Transaction.Account.Name
	}
	place, refusal := s.backend.Guard.Enter(v)
	if refusal != nil {
		return refusal
	}
	s.place = place
	return nil
}

// knownKey is the key of a context whose client is known.
type knownKey struct{}

// Known reports whether the guard knows the client for which an Authenticator is
// called with ctx. An Authenticator with a queue serves known clients first.
func Known(ctx context.Context) bool { return ctx.Value(knownKey{}) != nil }

// WithKnown returns a context for which Known is true.
func WithKnown(ctx context.Context) context.Context {
	return context.WithValue(ctx, knownKey{}, true)
}
