package backend

import (
	"context"
	"fmt"
	"log/slog"
	"os"
	"time"

	"tpops/pkg/config"
	"tpops/pkg/handover"
	"tpops/pkg/maildir"
	"tpops/pkg/pop3"
	"tpops/pkg/uidlist"
	"tpops/pkg/workers/rights"
)

// lockWait is how long a login waits until another session releases the mailbox, as
// in 0.8.
const lockWait = 10 * time.Second

// Kept is what a process that serves all sessions keeps for the next login. The zero value is
// for the other processes, which keep nothing.
type Kept struct {
	Mailboxes *maildir.Cache
	Watches   *maildir.Watches
}

// MaildirOptions returns the parameters of a Maildir.
func MaildirOptions(c *config.Config, log *slog.Logger, kept Kept) maildir.Options {
	format, _ := uidlist.ParseFormat(c.Mailbox.UIDLFormat) // The configuration was checked.
	return maildir.Options{
		UseFilesize: c.Mailbox.UseFilesize,
		Extended:    c.Mailbox.Extended,
		Lock:        c.Mailbox.Lock,
		UIDLConvert: c.Mailbox.UIDLConvert,
		UIDL:        c.Mailbox.UIDL,
		UIDLFormat:  format,
		Refuse:      c.Mailbox.UIDL == maildir.UIDLName && c.Mailbox.UIDLMismatch == "refuse",
		Roots:       c.Mailbox.Roots,
		LockWait:    lockWait,
		KeepDeleted: c.Mailbox.KeepDeleted,
		Log:         log,

		Index: true, Served: true, Cache: kept.Mailboxes, CacheNetwork: c.Mailbox.CacheNetwork,
		Watches: kept.Watches,
	}
}

// OpenMaildir returns a function that opens the Maildir of an account with its owner's
// rights. Its error is that of maildir.Open, or that the owner is below first-uid.
func OpenMaildir(c *config.Config, log *slog.Logger, kept Kept) pop3.Opener {
	o := MaildirOptions(c, log, kept)
	o.Lazy = true // pop3 calls Load.
	return openMaildir(c, log, o)
}

// TryMaildir is like OpenMaildir, but its function does not wait for a lock.
func TryMaildir(c *config.Config, log *slog.Logger, kept Kept) pop3.Opener {
	o := MaildirOptions(c, log, kept)
	o.LockWait = 0
	return openMaildir(c, log, o)
}

func openMaildir(c *config.Config, log *slog.Logger, o maildir.Options) pop3.Opener {
	refused := newRefusals()
	return func(ctx context.Context, a *pop3.Account, client *pop3.Client) (pop3.Mailbox, error) {
		if a.UID >= 0 && a.UID < c.Users.FirstUID && a.UID != os.Geteuid() {
			err := fmt.Errorf("uid %d is below first-uid: %w", a.UID, pop3.ErrPermanent)
			refused.note(logOf(log, a), a.Maildrop, maildir.Refusal{Reason: "uid", Fix: fmt.Sprintf("first-uid = %d", a.UID)}, err)
			return nil, err
		}
		login := maildir.Login{User: a.Name}
		if client != nil {
			login.Locked = client.Locked
		}
		mailbox, err := maildir.OpenFor(ctx, login, rights.Owner(a), a.Maildrop, &o)
		if err != nil {
			if why, is := maildir.RefusalOf(err, a.Maildrop); is {
				refused.note(logOf(log, a), a.Maildrop, why, err)
			}
			return nil, err // A nil *maildir.Mailbox would not be a nil pop3.Mailbox.
		}
		if o.KeepDeleted > 0 && client != nil {
			mailbox.DeleteFor(client.Session, addressOf(client))
		}
		return mailbox, nil
	}
}

// addressOf returns the address of a client, empty if it has none.
func addressOf(client *pop3.Client) string {
	if !client.Remote.IsValid() {
		return ""
	}
	return client.Remote.Addr().Unmap().WithZone("").String()
}

func logOf(log *slog.Logger, a *pop3.Account) *slog.Logger {
	return log.With(slog.String("user", a.Name))
}

// ResumeMaildir returns a function that continues a Maildir which another process has
// handed over. Its error is that of maildir.Resume.
func ResumeMaildir(c *config.Config, log *slog.Logger, watches *maildir.Watches) handover.ResumeMailbox {
	o := MaildirOptions(c, log, Kept{Watches: watches})
	return func(a *pop3.Account, state []byte, files []*os.File) (pop3.Mailbox, error) {
		mailbox, err := maildir.Resume(rights.Owner(a), state, files, o)
		if err != nil {
			return nil, err // A nil *maildir.Mailbox would not be a nil pop3.Mailbox.
		}
		return mailbox, nil
	}
}
