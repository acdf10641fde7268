package pop3

import (
	"net/netip"
	"time"
)

// State is a session between two commands as plain data, so that another
// process can go on with it. Its fields are for encoders; only this package
// gives them a meaning.
type State struct {
	ID        string         // of the session, in the log
	Remote    string         // address of the client, without port, as the log shows it
	Peer      netip.AddrPort // of the client; not valid unless it came over IP
	Local     netip.AddrPort // that the client connected to; not valid likewise
	Near      bool           // the client is on this machine
	Hops      int            // proxies that the connection has passed already, as the last of them says
	Offloaded string         // version of the TLS that ends at the load balancer, "TLS" if it is not known; "" in clear
	Direct    *Ends          // what XCLIENT has put others in the place of; nil without
	Trusted   bool           // the connection is from a proxy that may say who its client is (XCLIENT)
	Forwarded string         // id of the session at the proxy, "" unless it says it; at most 64 octets of 0x21–0x7E
	Challenge string         // of APOP, "" without
	Greeted   bool
	Start     time.Time
	Expires   time.Time // when connection-keep-time is over
	LoginBy   time.Time // when login-time is over; zero: never
	Input     []byte    // what the client sent ahead, while the session is suspended

	Language string // one of languages, "" for the first

	User    string   // given by USER, for the PASS that follows
	Login   string   // the last name used to log in
	Account *Account // nil before login
	LoginAt time.Time
	Marks   Marks
	Unread  Marks // seen are the messages that RETR or TOP could not send
	Before  Drop  // the maildrop at login
	Left    Drop  // what is left of it when the marked messages are gone

	Retrieved int   // messages that RETR sent, each time one was sent whole
	Tops      int   // answers of TOP that were sent whole
	Deleted   int   // messages
	Sent      int64 // octets of messages written
	Errors    int
}

// ends returns when the connection ends, whatever it is doing.
func (s *State) ends() time.Time {
	if s.mustLogIn() {
		return s.LoginBy
	}
	return s.Expires
}

// mustLogIn reports whether the client has less time to log in than the
// connection may last.
func (s *State) mustLogIn() bool {
	return s.Account == nil && !s.LoginBy.IsZero() && s.LoginBy.Before(s.Expires)
}

// Drop is the drop listing of a maildrop (RFC 1939 §5, STAT).
type Drop struct {
	Messages int
	Octets   int64
}
