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

// Options are the parameters of Run.
type Options struct {
	Server    *pop3.Server
	Listeners []*acceptor.Listener // of the server; each is tested
	Open      pop3.Opener          // opens a Maildir
	Directory string               // where the mailbox is made
	Own       bool                 // only this daemon uses the directory: old mailboxes are removed
	Interval  time.Duration        // within which systemd expects a watchdog ping
	Alive     func() error         // sends the ping
	Meter     pop3.Meter           // nil: nothing is measured
	Log       *slog.Logger
}

// Run tests the server three times per interval until ctx is done, and calls Alive
// after each successful test. If the mailbox cannot be made, for example because the
// disk is full, Run calls Alive without a test: the daemon may still work.
func Run(ctx context.Context, o Options) {
	if o.Own {
		removeOld(o.Directory)
	}
	var m *mailbox
	defer func() { m.remove() }()
	tick := time.NewTicker(o.Interval / 3)
	defer tick.Stop()
	for reported := false; ; {
		var err error
		if m == nil {
			m, err = newMailbox(o.Directory)
		}
		if err != nil && !reported {
			o.Log.Warn("self-test failed", slog.Any("error", err))
			reported = true
		}
		if err := o.ping(m); err != nil && ctx.Err() == nil {
			o.failed(err)
			m.remove() // systemd-tmpfiles may have removed a part of it. The next test makes another one.
			m = nil
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
			return
		}
	}
}

// failed reports a test that failed.
func (o *Options) failed(err error) {
	o.Log.Error("self-test failed", slog.Any("error", err))
	if o.Meter != nil {
		o.Meter.Count(pop3.FigureProbeFailures, "", 1)
	}
}

// measure measures a test that began at begun.
func (o *Options) measure(begun time.Time) {
	if o.Meter != nil {
		o.Meter.Took(pop3.SpanProbe, time.Since(begun))
	}
}

// ping calls Alive if the server passes the test with a mailbox, or without a mailbox.
func (o *Options) ping(m *mailbox) error {
	if m == nil {
		return o.Alive()
	}
	defer o.measure(time.Now())
	end := time.Now().Add(o.Interval / 3)
	for i, l := range o.Listeners {
		limit := time.Until(end)
		wait := limit / time.Duration(2*(len(o.Listeners)-i)) // A full server uses up all of it at each listener.
		if err := o.test(m, l, wait, limit); err != nil {
			return fmt.Errorf("self test: %w", err)
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

// test runs one session through the accept loop of a listener. It waits for the loop
// for at most wait, and for the whole session for at most limit.
func (o *Options) test(m *mailbox, l *acceptor.Listener, wait, limit time.Duration) error {
	ours, theirs := net.Pipe()
	defer ours.Close()
	if err := ours.SetDeadline(time.Now().Add(limit)); err != nil {
		return err
	}
	conn := &ownConn{theirs, &pop3.Backend{
		Authenticator: m, Open: o.Open, Quiet: true, CommandTimeout: limit, ConnectionKeepTime: limit,
	}}
	accepted := l.Insert(conn)
	timeout := time.NewTimer(wait)
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
