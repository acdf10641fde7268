package pop3

import (
	"crypto/tls"
	"net/netip"
	"time"
)

// Backend is everything that a session is served with. A Server that accepts
// connections needs Authenticator, Open, CommandTimeout and ConnectionKeepTime;
// without one of them Serve, ServeConn and Resume panic. The others may be zero. A session keeps for
// its whole life the Backend with which it started, so that new parameters
// are for the sessions to come. It is not changed once a Server has it.
type Backend struct {
	Authenticator Authenticator
	Digest        DigestAuthenticator // nil: no APOP
	ForDigest     func() bool         // reports whether APOP is offered at present; nil: always
	Mechanisms    []Mechanism         // of SASL, in the order in which they are announced; nil: no AUTH
	Open          Opener
	Guard         Guard                   // nil: nothing is limited
	LoggedIn      func(*Account, *Client) // called after each successful login, unless nil; it must not block

	ProxyFrom   []netip.Prefix // connections from here begin with a PROXY protocol header
	XCLIENTFrom []netip.Prefix // clients from here may use XCLIENT

	// TLS is the configuration of STLS and implicit TLS; nil: neither is available.
	// It must not allow a version below TLS 1.2.
	TLS *tls.Config
	// ClearLogin, unless nil, reports whether a client may send its password in
	// clear, without TLS. Addresses that are not valid are those of a client
	// that did not connect over IP; near means that it is on this machine, and not
	// a remote client of a proxy. Goroutines call it at the same time.
	ClearLogin func(local, remote netip.AddrPort, near bool) bool

	Hostname       string // in the greeting's challenge; legal in a Message-ID
	Names          Names  // how the login names of clients become those of users
	Implementation string // in CAPA: one token of printable ASCII (RFC 2449 §6.9)

	CommandTimeout     time.Duration // how long a command may take to arrive, once what was sent has been taken
	ConnectionKeepTime time.Duration // how long a connection may last in all
	LoginTime          time.Duration // how long a client may take to log in, without delays; 0: no limit
	ErrorInterval      time.Duration // wait before an error is answered
	DelayAll           bool          // as in 0.8: wait before every error
	LockTakeover       time.Duration // after how much silence a session ends for a login to the same Maildir; 0: never
	LoginDelay         time.Duration // wait between two logins of one user; 0: no wait for any user
	Expire             Expire        // when messages may be removed; "": never, and nothing is announced
	PerUser            bool          // an Account may have another LoginDelay or Expire
	Debug              bool          // log commands and responses, secrets masked
	Quiet              bool          // log and report nothing: for a session that only tests the server
	LogMessages        bool          // log each message that is retrieved or deleted

	// Release, unless nil, is called once when the last session that was
	// served with this Backend has ended and the Server has another one or
	// has been shut down.
	Release func()
}

// offersDigest reports whether the greeting offers APOP.
func (b *Backend) offersDigest() bool {
	return b.Digest != nil && (b.ForDigest == nil || b.ForDigest())
}

// mustServe panics with the name of a required field that is not set. A session
// would fail with it only much later, or wait for ever. NewServer does not check:
// a Server that only ends sessions (Abandon) needs neither users nor maildrops.
func (b *Backend) mustServe() {
	missing := ""
	switch {
	case b.Authenticator == nil:
		missing = "Authenticator"
	case b.Open == nil:
		missing = "Open"
	case b.CommandTimeout <= 0:
		missing = "CommandTimeout"
	case b.ConnectionKeepTime <= 0:
		missing = "ConnectionKeepTime"
	default:
		return
	}
	panic("pop3: Backend." + missing + " is not set")
}
