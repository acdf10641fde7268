package pop3

import (
	"context"
	"io"
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

// Opener opens the maildrop of an account; the caller closes it. ErrLocked
// means that another session has it.
type Opener func(ctx context.Context, account *Account) (Mailbox, error)
