package main

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/textproto"
	"os"
	"path/filepath"
	"time"

	"tpops/pkg/pop3"
)

// canaryText is the message in the mailbox that proves that mail is served.
const canaryText = "Subject: canary\n\nThe daemon serves mail.\n"

// canary is a mailbox of the daemon's own, and the one user who has it.
type canary struct {
	account  pop3.Account
	password string
}

// watch tells systemd that the daemon works each time that a session of its
// own was served, from login to QUIT, until ctx is done. While sessions are
// not served it is silent, and systemd starts another process.
func (p *program) watch(ctx context.Context, open pop3.Opener, interval time.Duration) {
	sweepCanaries()
	var c *canary
	defer func() { c.remove() }()
	tick := time.NewTicker(interval / 3)
	defer tick.Stop()
	for reported := false; ; {
		if c == nil {
			var err error
			c, err = newCanary() // A disk that is full now may not be so later.
			if err != nil && !reported {
				p.logger.Warn("self-test failed", slog.Any("error", err))
				reported = true
			}
		}
		if err := p.proveAlive(c, open, interval/3); err != nil && ctx.Err() == nil {
			p.logger.Error("self-test failed", slog.Any("error", err))
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
			return
		}
	}
}

// proveAlive reports to systemd after a session of the canary was served. Without
// a canary nothing was tested, which is no reason to be killed.
func (p *program) proveAlive(c *canary, open pop3.Opener, patience time.Duration) error {
	if c != nil {
		if err := p.serveCanary(c, open, patience); err != nil {
			return err
		}
	}
	return p.notifier.Alive()
}

// canaryPattern is what canary mailboxes are called.
const canaryPattern = "canary-"

// sweepCanaries removes what processes that were killed have left. Only one
// daemon at a time has the directory that systemd gives the service.
func sweepCanaries() {
	if os.Getenv("RUNTIME_DIRECTORY")+os.Getenv("STATE_DIRECTORY") == "" {
		return
	}
	left, err := filepath.Glob(filepath.Join(canaryDirectory(), canaryPattern+"*"))
	if err != nil {
		return
	}
	for _, dir := range left {
		_ = os.RemoveAll(dir) // What stays does no harm.
	}
}

// remove removes the mailbox.
func (c *canary) remove() {
	if c != nil {
		_ = os.RemoveAll(c.account.Maildrop) // The next process sweeps.
	}
}

// newCanary makes the mailbox, below the directory that systemd gives the
// service, or that for temporary files.
func newCanary() (*canary, error) {
	dir, err := os.MkdirTemp(canaryDirectory(), canaryPattern)
	if err != nil {
		return nil, fmt.Errorf("make the canary mailbox: %w", err)
	}
	for _, sub := range []string{"new", "cur", "tmp"} {
		err = errors.Join(err, os.Mkdir(filepath.Join(dir, sub), 0o700))
	}
	err = errors.Join(err, os.WriteFile(filepath.Join(dir, "cur", "1.canary:2,S"), []byte(canaryText), 0o600))
	if err != nil {
		return nil, fmt.Errorf("make the canary mailbox: %w", errors.Join(err, os.RemoveAll(dir)))
	}
	return &canary{pop3.Account{Name: "canary", Maildrop: dir, UID: -1, GID: -1}, rand.Text()}, nil
}

// Authenticate lets the canary in, and nobody else.
func (c *canary) Authenticate(_ context.Context, login, password string) (*pop3.Account, error) {
	if login != c.account.Name || password != c.password {
		return nil, pop3.ErrAuth
	}
	return &c.account, nil
}

// serveCanary fetches the canary's message from the server, as a client would.
func (p *program) serveCanary(c *canary, open pop3.Opener, patience time.Duration) error {
	ours, theirs := net.Pipe()
	defer ours.Close()
	if err := ours.SetDeadline(time.Now().Add(patience)); err != nil {
		return err
	}
	go func() {
		// Its end shows on our side.
		_ = p.server.ServeConn(theirs, pop3.Port{}, &pop3.Backend{
			Authenticator: c, Open: open, Quiet: true,
			CommandTimeout: patience, ConnectionKeepTime: patience,
		})
	}()
	if err := c.fetch(textproto.NewConn(ours)); err != nil {
		return fmt.Errorf("canary session: %w", err)
	}
	return nil
}

// fetch is the client's side.
func (c *canary) fetch(conn *textproto.Conn) error {
	if err := expectOK(conn, ""); err != nil {
		return err
	}
	for _, command := range []string{"USER " + c.account.Name, "PASS " + c.password, "RETR 1"} {
		if err := expectOK(conn, command); err != nil {
			return err
		}
	}
	text, err := conn.ReadDotBytes()
	if err != nil {
		return err
	}
	if string(text) != canaryText {
		return errors.New("the message is not what it was")
	}
	return expectOK(conn, "QUIT")
}

// expectOK sends a command, unless it is "", and reads the answer.
func expectOK(conn *textproto.Conn, command string) error {
	if command != "" {
		if err := conn.PrintfLine("%s", command); err != nil {
			return err
		}
	}
	line, err := conn.ReadLine()
	if err != nil {
		return err
	}
	if len(line) < 3 || line[:3] != "+OK" {
		return errors.New(line)
	}
	return nil
}
