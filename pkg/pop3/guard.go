package pop3

import (
	"fmt"
	"net/netip"
	"time"
)

// Guard limits connections and delays password guesses. Goroutines may share it.
type Guard interface {
	// Accept counts a connection. The caller closes the Limiter.
	Accept(Connection) (Limiter, *Refusal)
}

// Connection describes a connection to a Guard.
type Connection struct {
	Remote  netip.Addr // not valid unless it came over IP
	Account string     // the user of a resumed session that has logged in; else ""
	Resumed bool       // it was accepted before, and must not be refused

	// Evict ends the connection to make room for others. It returns at once. Any
	// goroutine may call it, but not between a LogIn that has accepted the session and LogOut.
	Evict func(*Refusal)
}

// Limiter applies the limits of a Guard to one connection. One goroutine at a
// time uses it.
type Limiter interface {
	// Begin reserves the check of an attempt to log in, which may begin when
	// Permit.Delay is 0. Otherwise the caller waits and calls Begin again. End or
	// Close cancel the reservation. Begin with another login replaces it: the
	// database has the user under that name. If that is another spelling of the
	// same name, the reservation stays. The password is not kept.
	Begin(Attempt) (Permit, *Refusal)
	// End reports the result of the check for which Begin was called, or why
	// there was none. login is the name in the database if the user was found
	// there.
	End(login string, err error)
	// LogIn counts the session as one of the account with exactly this name. quota
	// is the user's own limit of sessions, 0 if there is none.
	LogIn(account string, quota int) *Refusal
	// LogOut takes LogIn back, since the login has failed later: the connection has
	// not logged in any more.
	LogOut()
	// Close stops counting the connection. A second call does nothing.
	Close()
}

// Permit is the reply of a Limiter to an attempt to log in.
type Permit struct {
	Delay time.Duration // how long to wait before the next call; 0: the check may begin
	// Known is set if the login has succeeded from this address before, or if the
	// address has had only successful logins.
	Known bool
}

// Refusal is the error for a client that has reached a limit. It ends
// the session.
type Refusal struct {
	Answer    *Error // what the client reads
	Reason    string // in the log, always the same words for the same limit
	Parameter string // that sets the limit
	Count     int    // what was counted when the limit was reached

	Ended   string // reason of the end of a session that reached no limit; only Answer and Details are set besides
	Details string // of Ended, for the log; may be ""
}

// Error returns which limit it is.
func (r *Refusal) Error() string { return fmt.Sprintf("%s: %d (%s)", r.Reason, r.Count, r.Parameter) }

// unlimited is the Limiter of a session without a Guard.
type unlimited struct{}

func (unlimited) Begin(Attempt) (Permit, *Refusal) { return Permit{}, nil }
func (unlimited) End(string, error)                {}
func (unlimited) LogIn(string, int) *Refusal       { return nil }
func (unlimited) LogOut()                          {}
func (unlimited) Close()                           {}

// applyLimits makes the guard count the session under the current address of its
// client. It is called again when PROXY or XCLIENT gives another address. A
// resumed session was accepted before.
func (s *session) applyLimits(resumed bool) *Refusal {
	s.limiter.Close()
	s.limiter = unlimited{}
	if s.backend.Guard == nil {
		return nil
	}
	c := Connection{Remote: s.Peer.Addr(), Resumed: resumed, Evict: s.evict}
	if s.Transaction.Account != nil {
		c.Account = s.Transaction.Account.Name
	}
	limiter, refusal := s.backend.Guard.Accept(c)
	if refusal != nil {
		return refusal
	}
	s.limiter = limiter
	return nil
}
