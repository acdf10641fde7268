package pop3

import (
	"net/netip"
	"time"
)

// State is a session between two commands as plain data, so that another
// process can continue it. Its fields are exported for encoders; only this
// package interprets them.
type State struct {
	ID        string         // of the session, in the log
	Remote    string         // address of the client, without port, as the log shows it
	Peer      netip.AddrPort // of the client; not valid unless it connected over IP
	Local     netip.AddrPort // to which the client connected; not valid likewise
	Near      bool           // the client is on this machine
	Hops      int            // proxies that the connection has passed, as reported by the last of them
	Offloaded string         // version of the TLS that ends at the load balancer, "TLS" if unknown; "" in clear
	Forwarded string         // id of the session at the proxy, "" if not reported; at most 64 octets of 0x21–0x7E
	Start     time.Time
	Expires   time.Time // when connection-keep-time is over
	Language  string    // tag of one of languages, "" for the first
	Login     string    // the last name used to log in
	Errors    int       // error replies
	Input     []byte    // what the client sent ahead, while the session is suspended

	Authorization Authorization
	Transaction   Transaction
}

// Authorization is the part of a State that only the AUTHORIZATION state uses
// (RFC 1939 §4).
type Authorization struct {
	Greeted   bool      // the greeting has been sent
	Handshake bool      // a TLS handshake comes next, of which the client has sent nothing
	Challenge string    // of APOP, "" without
	User      string    // given by USER, for the PASS that follows
	LoginBy   time.Time // when login-time is over; zero: never
	Trusted   bool      // the connection is from a proxy that may use XCLIENT
	Direct    *Ends     // the addresses that XCLIENT has replaced; nil without XCLIENT
}

// Transaction is the part of a State that begins with the login: the
// TRANSACTION state (RFC 1939 §5). Its zero value is a session before login.
type Transaction struct {
	Account *Account // nil before login
	LoginAt time.Time
	Method  string // of the login, as in the log
	Marks   Marks
	Unread  Marks // as seen: the messages that RETR or TOP could not send
	Before  Drop  // the maildrop at login
	Left    Drop  // the maildrop without the messages marked as deleted

	Retrieved int   // messages sent whole by RETR, counted each time
	Tops      int   // messages sent whole by TOP
	Deleted   int   // messages
	Sent      int64 // octets of messages written
}

// Ends are the two ends of a connection as they were before XCLIENT.
type Ends struct {
	Peer, Local netip.AddrPort
	Near        bool
	Hops        int
}

// loggedIn reports whether the session is in the TRANSACTION state.
func (s *State) loggedIn() bool { return s.Transaction.Account != nil }

// ends returns when the connection is closed, whatever it is doing.
func (s *State) ends() time.Time {
	if s.mustLogIn() {
		return s.Authorization.LoginBy
	}
	return s.Expires
}

// mustLogIn reports whether login-time ends before connection-keep-time.
func (s *State) mustLogIn() bool {
	by := s.Authorization.LoginBy
	return !s.loggedIn() && !by.IsZero() && by.Before(s.Expires)
}

// Drop is the drop listing of a maildrop (RFC 1939 §5, STAT).
type Drop struct {
	Messages int
	Octets   int64
}
