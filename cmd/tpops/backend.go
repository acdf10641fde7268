package main

import (
	"context"
	"fmt"
	"log/slog"
	"os"
	"strings"
	"time"

	"tpops/pkg/config"
	"tpops/pkg/maildir"
	"tpops/pkg/password"
	"tpops/pkg/pop3"
	"tpops/pkg/workers/rights"
)

// lockWait is how long a login waits for another session to give the mailbox
// back, as in 0.8.
const lockWait = 10 * time.Second

// prepareVerifier makes the process's Verifier, unless there is one.
func (p *program) prepareVerifier() {
	if p.verifier != nil {
		return
	}
	p.verifier = password.NewVerifier()
	switch {
	case p.child != nil:
		p.verifier.TakeSalts(p.child.Salts)
	default:
		p.keepSalts(os.Getenv("STATE_DIRECTORY"), "/etc/machine-id")
	}
	if p.seen != nil {
		p.verifier.KeepSeen(p.seen)
	}
	if p.guard != nil {
		p.verifier.Share(p.guard)
	}
}

// newBackend makes what sessions are served with from the parameters. Files
// that it needs and cannot read are an error.
func (p *program) newBackend(c *config.Config) (*pop3.Backend, error) {
	p.prepareVerifier()
	b := &pop3.Backend{
		ProxyFrom:          c.Protocol.ProxyProtocolFrom,
		XCLIENTFrom:        c.Protocol.XCLIENTFrom,
		Hostname:           c.Protocol.Hostname,
		Domain:             c.Protocol.Domain,
		Implementation:     "TPOPS-" + version,
		CommandTimeout:     c.Protocol.CommandTimeout,
		ConnectionKeepTime: c.Protocol.ConnectionKeepTime,
		LoginTime:          c.Limits.LoginTime,
		ErrorInterval:      c.Protocol.ErrorInterval,
		DelayAll:           c.Protocol.ErrorIntervalFor == "all",
		Debug:              c.Run.Debug,
		LoginDelay:         c.Protocol.LoginDelay,
		Expire:             pop3.Expire(strings.ToUpper(c.Protocol.Expire)),
		LogMessages:        c.Log.Messages,
		ClearLogin:         c.MayLogInClear,
		LoggedIn:           p.hookFor(c),
		Release:            func() {},
	}
	if p.guard != nil {
		b.Guard = p.guard.With(limits(c))
	}
	certificates, err := p.openCertificates(c)
	if err != nil {
		return nil, err
	}
	if certificates != nil {
		b.TLS = certificates.Config()
	}
	if err := p.setMailboxes(b, c); err != nil {
		return nil, err
	}
	p.certificates = certificates
	return b, nil
}

// setMailboxes gives b users and their mailboxes.
func (p *program) setMailboxes(b *pop3.Backend, c *config.Config) error {
	if c.Mailbox.Type == "proxy" {
		return p.setProxy(b, c)
	}
	b.Open = p.maildirOpener(c)
	p.mailboxes.SetLimit(int64(c.Mailbox.Cache)) // A reload may change it.
	users, err := p.openUsers(c)
	if err != nil {
		return err
	}
	if err := p.serveUsers(users, b, c); err != nil {
		users.close(p.logger)
		return err
	}
	return nil
}

// maildirOptions returns the parameters of a Maildir.
func (p *program) maildirOptions(c *config.Config) maildir.Options {
	return maildir.Options{
		UseFilesize: c.Mailbox.UseFilesize,
		Extended:    c.Mailbox.Extended,
		Lock:        c.Mailbox.Lock,
		UIDLConvert: c.Mailbox.UIDLConvert,
		Roots:       c.Mailbox.Roots,
		LockWait:    lockWait,
		Log:         p.logger,

		Index: true, Cache: p.mailboxCache(c), CacheNetwork: c.Mailbox.CacheNetwork,
	}
}

// mailboxCache returns the one cache of this process, nil if the process does
// not serve all sessions.
func (p *program) mailboxCache(c *config.Config) *maildir.Cache {
	if p.mailboxes == nil && c.Processes.ParallelType == "thread" {
		p.mailboxes = maildir.NewCache(int64(c.Mailbox.Cache))
	}
	return p.mailboxes
}

// maildirOpener opens the Maildir of an account with its owner's rights.
func (p *program) maildirOpener(c *config.Config) pop3.Opener {
	o := p.maildirOptions(c)
	return func(ctx context.Context, a *pop3.Account, _ *pop3.Client) (pop3.Mailbox, error) {
		if a.UID >= 0 && a.UID < c.Users.FirstUID && a.UID != os.Geteuid() {
			return nil, fmt.Errorf("uid %d is below first-uid: %w", a.UID, pop3.ErrPermanent)
		}
		o := o
		o.Log = p.logger.With(slog.String("user", a.Name))
		return maildir.Open(ctx, rights.Owner(a), a.Maildrop, o)
	}
}

// resumeMailbox continues a Maildir that another process has handed over.
func (p *program) resumeMailbox(a *pop3.Account, state []byte, files []*os.File) (pop3.Mailbox, error) {
	mailbox, err := maildir.Resume(rights.Owner(a), state, files, p.maildirOptions(p.config))
	if err != nil {
		return nil, err
	}
	return mailbox, nil
}
