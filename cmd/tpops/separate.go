package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"slices"
	"sync"
	"syscall"
	"time"

	"golang.org/x/sys/unix"

	"tpops/pkg/children"
	"tpops/pkg/confine"
	"tpops/pkg/osuser"
	"tpops/pkg/pop3"
)

// A process that serves one session only separates itself from all others in
// two steps: before login it keeps what it needs to find out who the client is
// and to become that user; after login it is that user for good, and reaches
// the user's Maildir and nothing else.

// confineLogin takes away what a process needs neither before login nor after
// it: other programs and processes, networks beyond the database's.
func (p *program) confineLogin() error {
	policy := p.policy()
	policy.FirstUID, policy.FirstGID, policy.Become = 0, 0, true
	return p.confineQuietly(policy)
}

// separateAfterLogin has the process become the owner of the mailbox that it
// opens, with no way back and to nobody else's mail, and let go of all that is
// for others.
func (p *program) separateAfterLogin(b *pop3.Backend) {
	b.Open = p.forGood(b)
	told := b.LoggedIn
	b.LoggedIn = func(a *pop3.Account, client *pop3.Client) {
		if told != nil {
			told(a, client)
		}
		p.letGo()
	}
}

// letGo closes what is of use only until somebody has logged in. With it a
// process that is taken over could have login-hook started for anybody, or
// change what is remembered of those who guess.
func (p *program) letGo() {
	p.hook.Finish()
	if p.guard != nil {
		p.guard.Detach()
	}
}

// forGood returns an opener that makes the process the owner of the mailbox
// it opened, with no way back and to nobody else's mail.
func (p *program) forGood(b *pop3.Backend) pop3.Opener {
	open, release := b.Open, sync.OnceFunc(b.Release)
	b.Release = release
	return func(ctx context.Context, a *pop3.Account, client *pop3.Client) (pop3.Mailbox, error) {
		mailbox, err := open(ctx, a, client)
		if err != nil {
			return nil, err
		}
		release()    // Nobody else logs in here,
		p.closePAM() // or may have passwords tried.
		if err := p.separate(a); err != nil {
			return nil, errors.Join(err, mailbox.Close())
		}
		return mailbox, nil
	}
}

// separate makes the process the owner of an account's mailbox, which it keeps
// to from now on.
func (p *program) separate(a *pop3.Account) error {
	_, _ = time.Now().Zone() // The file of the time zone is read at the first use.
	last, err := lastOwner(a)
	if err != nil {
		return err
	}
	if err := osuser.Become(last); err != nil {
		return err
	}
	// A mailbox on another server is no path, and its connection is there.
	return p.confineQuietly(confine.Policy{Only: true, Write: existing(a.Maildrop)})
}

// confineQuietly confines the process. With a process for each connection the
// same report each time would drown all others.
func (p *program) confineQuietly(policy confine.Policy) error {
	report, err := confine.Apply(policy)
	if err != nil {
		return err
	}
	p.logger.Debug("sandbox enabled", slog.String("report", report.String()))
	return nil
}

// lastOwner returns whom the process becomes: the owner of the mailbox, or
// itself without the capabilities that it was started with, and without the
// group with which it read passwords.
func lastOwner(a *pop3.Account) (*osuser.Owner, error) {
	if o := owner(a); o != nil || os.Geteuid() == 0 {
		return o, nil
	}
	groups, err := unix.Getgroups()
	if err != nil {
		return nil, fmt.Errorf("ask for groups: %w", err)
	}
	if info, err := os.Stat(shadowFile); err == nil {
		shadow := int(info.Sys().(*syscall.Stat_t).Gid)
		groups = slices.DeleteFunc(groups, func(g int) bool { return g == shadow })
	}
	return &osuser.Owner{UID: os.Geteuid(), GID: os.Getegid(), Groups: groups}, nil
}

// overdue is after which time beyond connection-keep-time the kernel ends a
// process whose session has not ended: the user has stopped it, or it hangs.
const overdue = time.Minute

// limitSession bounds the life of a process for one session.
func (p *program) limitSession(d *children.Deadline) {
	_ = d.Set(p.config.Protocol.ConnectionKeepTime + overdue) // It has no error for a timer that exists.
}
