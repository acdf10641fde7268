package pop3

import (
	"context"
	"crypto/x509"
	"io"
	"net/netip"
)

// Mailbox is a maildrop that is open, and if it can be locked is locked, for
// one session (RFC 1939 §4). Only the session's goroutine uses it.
//
// An error that is or wraps an *Error reaches the client as it says; any other
// is answered with [SYS/TEMP] and goes in full to the log.
type Mailbox interface {
	// Listing returns the messages as they were when the mailbox was opened.
	Listing() *Listing

	// Open returns message number n as it is stored, with whatever line ends
	// it has; the caller closes it. ErrNoMessage means that another program
	// removed the message; the mailbox stays usable.
	Open(ctx context.Context, n int) (io.ReadCloser, error)

	// Update removes the messages marked as deleted and notes those marked as
	// retrieved. It is called at most once, and only because QUIT was
	// received (RFC 1939 §6). Messages that could not be removed are told by
	// an *UpdateError; all others are removed all the same.
	Update(ctx context.Context, marks *Marks) error

	// Close gives back the lock and all else, and changes no message. A
	// second call does nothing.
	Close() error
}

// Opener opens the maildrop of an account for a client that has logged in; the
// caller closes it. ErrLocked means that another session has it. An error that
// is or wraps ErrAuth, or another *Error with CodeAuth, says that the login is
// refused after all.
type Opener func(ctx context.Context, account *Account, client *Client) (Mailbox, error)

// Client is what is known of a client at its login. An Opener may keep it for
// as long as the mailbox is open, and changes nothing in it.
type Client struct {
	Session  string         // id of the session, as in the log
	Remote   netip.AddrPort // its address; not valid unless it came over IP
	Local    netip.AddrPort // the address that it connected to; not valid likewise
	Password string         // with which it logged in, in clear; "" if it gave none
	TLS      bool           // nobody on the way could read that

	// Certificate is what the client has shown in the TLS handshake, verified
	// with ClientCAs of Backend.TLS; nil without.
	Certificate *x509.Certificate
}
