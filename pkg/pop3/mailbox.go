package pop3

import (
	"context"
	"crypto/x509"
	"io"
	"iter"
	"net/netip"
)

// Mailbox is a maildrop that is open, and if it can be locked is locked, for
// one session (RFC 1939 §4). Only the session's goroutine uses it.
//
// An error that is or wraps an *Error is sent to the client with its text; any other
// becomes [SYS/TEMP] on the wire and is logged in full.
type Mailbox interface {
	// Listing returns the messages as they were when the mailbox was opened.
	Listing() *Listing

	// Open returns message number n as it is stored, with whatever line ends
	// it has; the caller closes it. ErrNoMessage means that another program
	// removed the message; the mailbox stays usable.
	Open(ctx context.Context, n int) (io.ReadCloser, error)

	// Update removes the messages marked as deleted and notes those marked as
	// retrieved. It is called at most once, and only because QUIT was
	// received (RFC 1939 §6). Messages that could not be removed are listed by
	// an *UpdateError; all others are removed, unless it says that this is not
	// known. Any other error means that no message was removed.
	Update(ctx context.Context, marks *Marks) error

	// Close gives back the lock and all else, and changes no message. A
	// second call does nothing.
	Close() error
}

// Loader is a Mailbox that may not have its messages at first, only what they come to.
type Loader interface {
	// Load gets the messages unless they are there. Message of the Listing, and what needs
	// a message, may not be called before. Then Listing returns another one, with the same
	// Len, Octets and HasUIDLs. The error wraps ErrMailboxLost if there is none any more.
	Load(ctx context.Context) error
}

// Topper is a Mailbox that can fetch the beginning of a message alone.
type Topper interface {
	// Top returns the header of message n, the blank line, and lines lines of
	// the body (TOP, RFC 1939 §7). It is like Mailbox.Open otherwise. What it
	// returns is not cut again.
	Top(ctx context.Context, n int, lines int64) (io.ReadCloser, error)
}

// Remote is a Mailbox on another server, which may go away at any time and
// does not see what a session answers from the Listing.
type Remote interface {
	// Alive is called before each command but QUIT. It keeps the other server
	// from taking the session for idle, and returns an error that is or wraps
	// ErrMailboxLost if the mailbox is of no more use.
	Alive(ctx context.Context) error

	// Server returns the address of the other server, for operators.
	Server() string
}

// Keeper is a Mailbox that may keep deleted messages for a while.
type Keeper interface {
	// Kept reports, after Update, whether message n was deleted and can be put back.
	Kept(n int) bool
}

// Rester is a Mailbox that holds more while its session is at work.
type Rester interface {
	// Rest gives back what a session does not need while it waits for its client. The
	// mailbox stays usable.
	Rest()
}

// Breaker is a Mailbox that remembers messages that broke off.
type Breaker interface {
	// BrokeOff notes that a session ended within message n. It returns in how many
	// sessions that was so lately, 0 if that is not known, and the name of its file.
	BrokeOff(n int) (count int, file string)
}

// Unfinisher is a Mailbox that remembers what was retrieved in sessions without QUIT.
type Unfinisher interface {
	// Unfinished notes that a session has retrieved these messages and ended without QUIT.
	// It returns which of them were retrieved in at least limit such sessions lately,
	// nothing if that is not known.
	Unfinished(retrieved iter.Seq[int], limit int) Again
}

// Opener opens the maildrop of an account for a client that has logged in; the
// caller closes it. ErrLocked means that another session has it. An error that
// is or wraps ErrAuth, or another *Error with CodeAuth, says that the login is
// refused after all.
type Opener func(ctx context.Context, account *Account, client *Client) (Mailbox, error)

// Client describes a client at its login. An Opener may keep it for
// as long as the mailbox is open, and changes nothing in it.
type Client struct {
	Session  string         // id of the session, as in the log
	Remote   netip.AddrPort // its address; not valid unless it came over IP
	Local    netip.AddrPort // the address that it connected to; not valid likewise
	Password string         // with which it logged in, in clear; "" without one
	Hops     int            // proxies that the connection has passed already, as reported by the last of them
	TLS      bool           // the connection is encrypted, here or up to a load balancer

	// TLSVersion is its version, such as TLSv1.3, or TLS if that is not known.
	TLSVersion string

	// Locked, unless nil, is called by an Opener while another session has the mailbox:
	// before it waits, and about once a second meanwhile. That session may end soon.
	Locked func()

	// Certificate is what the client has shown in the TLS handshake, verified
	// with ClientCAs of Backend.TLS; nil without.
	Certificate *x509.Certificate
}

// MaxHops is how many proxies may pass a connection on. One that was passed on
// by MaxHops-1 is not passed on again: it is in a loop. Dovecot counts in the
// same way, from MaxHops down (TTL of its XCLIENT).
const MaxHops = 5
