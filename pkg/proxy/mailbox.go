package proxy

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math"
	"time"

	"tpops/pkg/pop3"
)

// mailbox is a maildrop on a backend, open for one session. It implements pop3.Mailbox,
// pop3.Topper and pop3.Remote.
type mailbox struct {
	conn      *conn
	features  features
	listing   *pop3.Listing
	retrieved pop3.Marks // seen: the backend considers them retrieved
}

// lost returns err as an error after which the mailbox cannot be used.
func lost(err error) error { return fmt.Errorf("%w: %w", pop3.ErrMailboxLost, err) }

// Listing returns the messages as listed by the backend after the login.
func (m *mailbox) Listing() *pop3.Listing { return m.listing }

// Open returns message number n as sent by the backend. If the backend rejects the
// command, the error is a *pop3.Error with its text, and also pop3.ErrNoMessage if that is the
// text. After any other error, or if the message is not read to its end, the mailbox cannot be
// used.
func (m *mailbox) Open(ctx context.Context, n int) (io.ReadCloser, error) {
	s, err := m.fetch(ctx, "RETR", fmt.Sprintf("RETR %d", n))
	if err != nil {
		return nil, err
	}
	m.retrieved.See(n)
	return s, nil
}

// Top returns the beginning of message number n, with the errors of Open.
func (m *mailbox) Top(ctx context.Context, n int, lines int64) (io.ReadCloser, error) {
	if m.features.known && !m.features.top {
		return m.head(ctx, n, lines)
	}
	// Some servers accept no larger number, and no message has more lines.
	s, err := m.fetch(ctx, "TOP", fmt.Sprintf("TOP %d %d", n, min(lines, math.MaxInt32)))
	if err == nil {
		return s, nil
	}
	if r := (*refusal)(nil); !m.features.known && errors.As(err, &r) && r.mayLack() {
		return m.head(ctx, n, lines)
	}
	return nil, err
}

// head replaces TOP.
func (m *mailbox) head(ctx context.Context, n int, lines int64) (io.ReadCloser, error) {
	s, err := m.fetch(ctx, "RETR", fmt.Sprintf("RETR %d", n))
	if err != nil {
		return nil, err
	}
	m.retrieved.See(n)
	return &head{stream: s, cut: headCut{lines: lines}}, nil
}

// fetch sends a command whose reply is a message.
func (m *mailbox) fetch(ctx context.Context, name, command string) (*stream, error) {
	a, err := m.ask(ctx, command)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", name, lost(err))
	}
	if !a.ok {
		return nil, m.conn.messageRefusal(name, a.text)
	}
	return newStream(ctx, m.conn), nil
}

// ask sends a command and returns the first line of the reply.
func (m *mailbox) ask(ctx context.Context, command string) (answer, error) {
	defer m.conn.bind(ctx)()
	return m.conn.ask(command)
}

// aliveEvery is the maximum time without a command to the backend while the client is
// active. It is well below the 10 minutes of RFC 1939 §3, and below the limits of
// firewalls.
const aliveEvery = 30 * time.Second

// Alive sends NOOP if the backend has received no command for a while. An error means
// that the mailbox cannot be used any more.
func (m *mailbox) Alive(ctx context.Context) error {
	if m.conn.err != nil {
		return lost(m.conn.err)
	}
	if time.Since(m.conn.used) < aliveEvery {
		return nil
	}
	a, err := m.ask(ctx, "NOOP")
	if err == nil && !a.ok {
		err = m.conn.fail(m.conn.newRefusal("NOOP", a.text))
	}
	if err != nil {
		return lost(err)
	}
	return nil
}

// Server returns host:port of the backend.
func (m *mailbox) Server() string { return m.conn.server.String() }

// Close closes the connection, unless Update has closed it. Without QUIT the backend
// deletes nothing.
func (m *mailbox) Close() error {
	_ = m.conn.fail(errClosedHere) // Nothing is lost by it.
	return nil
}
