package main

import (
	"context"
	"fmt"
	"log/slog"
	"os"
	"strings"
	"time"

	"tpops/pkg/auth"
	"tpops/pkg/config"
	"tpops/pkg/maildir"
	"tpops/pkg/osuser"
	"tpops/pkg/pop3"
)

// lockWait is how long a login waits for another session to give the mailbox
// back, as in 0.8.
const lockWait = 10 * time.Second

// newBackend makes what sessions are served with from the parameters. Files
// that it needs and cannot read are an error.
func (p *program) newBackend(c *config.Config) (*pop3.Backend, error) {
	if p.verifier == nil {
		p.verifier = auth.NewVerifier()
	}
	b := &pop3.Backend{
		Hostname:           c.Hostname,
		Domain:             c.Domain,
		Implementation:     "TPOPS-" + version,
		CommandTimeout:     c.CommandTimeout,
		ConnectionKeepTime: c.ConnectionKeepTime,
		ErrorInterval:      c.ErrorInterval,
		DelayAll:           c.ErrorIntervalFor == "all",
		Debug:              c.Debug,
		LoginDelay:         c.LoginDelay,
		Expire:             pop3.Expire(strings.ToUpper(c.Expire)),
		LogMessages:        c.LogMessages,
		Open:               p.maildirOpener(c),
		ClearLogin:         c.MayLogInClear,
		Release:            func() {},
	}
	certificates, err := p.openCertificates(c)
	if err != nil {
		return nil, err
	}
	if certificates != nil {
		b.TLS = certificates.Config()
	}
	if err := p.setUsers(b, c); err != nil {
		return nil, err
	}
	p.certificates = certificates
	return b, nil
}

// setUsers gives b the user database that auth-type names.
func (p *program) setUsers(b *pop3.Backend, c *config.Config) error {
	switch c.AuthType {
	case "passwd":
		return p.setPasswd(b, c)
	case "passwd-file":
		return p.setPasswdFile(b, c)
	case "mysql":
		return p.setMySQL(b, c)
	}
	return fmt.Errorf("auth-type: no such user database: %s", c.AuthType)
}

// maildirOptions returns the parameters of a Maildir.
func (p *program) maildirOptions(c *config.Config) maildir.Options {
	return maildir.Options{
		UseFilesize: c.MaildirUseFilesize,
		Extended:    c.MaildirExtended,
		Lock:        c.MaildirLock,
		UIDLConvert: c.MaildirUIDLConvert,
		LockWait:    lockWait,
		Log:         p.logger,
	}
}

// maildirOpener opens the Maildir of an account with its owner's rights.
func (p *program) maildirOpener(c *config.Config) pop3.Opener {
	o := p.maildirOptions(c)
	return func(ctx context.Context, a *pop3.Account, _ *pop3.Client) (pop3.Mailbox, error) {
		if a.UID >= 0 && a.UID < c.FirstUID && a.UID != os.Geteuid() {
			return nil, fmt.Errorf("uid %d is below first-uid: %w", a.UID, pop3.ErrPermanent)
		}
		o := o
		o.Log = p.logger.With(slog.String("user", a.Name))
		return maildir.Open(ctx, owner(a), a.Maildrop, o)
	}
}

// owner returns the owner of an account's mailbox, nil for the process itself.
func owner(a *pop3.Account) *osuser.Owner {
	if a.UID < 0 {
		return nil
	}
	return &osuser.Owner{UID: a.UID, GID: a.GID, Groups: a.Groups}
}
