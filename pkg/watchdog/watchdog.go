package watchdog

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/textproto"
	"time"

	"tpops/pkg/acceptor"
	"tpops/pkg/pop3"
)

// Options are what a self test needs.
type Options struct {
	Server    *pop3.Server
	Listeners []*acceptor.Listener // of the server; all of them are tested
	Open      pop3.Opener          // opens a Maildir
	Directory string               // where the mailbox is made
	Own       bool                 // the directory is this daemon's alone: old mailboxes are removed
	Interval  time.Duration        // within which systemd expects a sign of life
	Alive     func() error         // sends it
	Log       *slog.Logger
}

// Run tests the server three times per interval until ctx is done, and calls Alive
// after each test that succeeds. Without a mailbox, because the disk is full,
// nothing can be tested, which is no reason to be killed.
func Run(ctx context.Context, o Options) {
	if o.Own {
		removeOld(o.Directory)
	}
	var m *mailbox
	defer func() { m.remove() }()
	tick := time.NewTicker(o.Interval / 3)
	defer tick.Stop()
	for reported := false; ; {
		if m == nil {
			var err error
			if m, err = newMailbox(o.Directory); err != nil && !reported {
				o.Log.Warn("self-test failed", slog.Any("error", err))
				reported = true
			}
		}
		if err := o.prove(m); err != nil && ctx.Err() == nil {
			o.Log.Error("self-test failed", slog.Any("error", err))
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
			return
		}
	}
}

// prove sends a sign of life if the server passes the test.
func (o *Options) prove(m *mailbox) error {
	if m != nil {
		end := time.Now().Add(o.Interval / 3)
		for _, l := range o.Listeners {
			if err := o.test(m, l, time.Until(end)); err != nil {
				return fmt.Errorf("self test: %w", err)
			}
		}
	}
	return o.Alive()
}

// ownConn is the server's end of the self test's connection.
type ownConn struct {
	net.Conn
	backend *pop3.Backend
}

// Backend implements pop3.BackendConn.
func (c *ownConn) Backend() *pop3.Backend { return c.backend }

var errNotAccepted = errors.New("the accept loop does not accept connections")

// test runs one session through the accept loop of a listener.
func (o *Options) test(m *mailbox, l *acceptor.Listener, patience time.Duration) error {
	ours, theirs := net.Pipe()
	defer ours.Close()
	if err := ours.SetDeadline(time.Now().Add(patience)); err != nil {
		return err
	}
	conn := &ownConn{theirs, &pop3.Backend{
		Authenticator: m, Open: o.Open, Quiet: true, CommandTimeout: patience, ConnectionKeepTime: patience,
	}}
	accepted := l.Insert(conn)
	timeout := time.NewTimer(patience / 2)
	defer timeout.Stop()
	select {
	case <-accepted:
	case <-timeout.C:
		if l.Withdraw(conn) {
			if !o.Server.Full() {
				return errors.Join(errNotAccepted, theirs.Close())
			}
			go func() { _ = o.Server.ServeConn(theirs, pop3.Port{}, conn.backend) }() // The client reads its errors.
		}
	}
	return m.fetch(textproto.NewConn(ours))
}
