// Package rights gives up the rights that a process does not need, as the
// configuration allows.
//
// A process that serves many sessions confines itself once, with Confine. A process
// that serves one session does it in two steps. Before login ConfineLogin leaves it
// what it needs to authenticate a client and to become that user. After login
// BecomeOwnerAfterLogin makes it the mailbox's owner, with no way back, and leaves it
// nothing but that Maildir.
package rights

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"syscall"
	"time"

	"golang.org/x/sys/unix"

	"tpops/pkg/confine"
	"tpops/pkg/osuser"
	"tpops/pkg/pop3"
)

// Rights are those of this process.
type Rights struct {
	Policy confine.Policy // what a process that serves many sessions keeps
	Log    *slog.Logger

	// Finish closes what is used only until a user has logged in. With it an attacker
	// who has taken over the process could have login-hook started for anybody, or
	// change what the guard has counted.
	Finish func()
	// ClosePAM ends the helper that asks PAM.
	ClosePAM func()
	// Shadow is the file whose group may read the passwords of system users.
	Shadow string
}

// Confine takes from the process what it does not need for any session. The report
// is an event if logged is set, since children would repeat it. The error is that
// of the kernel.
func (r *Rights) Confine(logged bool) error { return r.apply(r.Policy, logged) }

// ConfineLogin takes from the process what it needs neither before login nor after
// it: other programs and processes, and networks except those of the user
// database. The error is that of the kernel.
func (r *Rights) ConfineLogin() error {
	policy := r.Policy
	policy.FirstUID, policy.FirstGID, policy.Become = 0, 0, true
	return r.applyQuietly(policy)
}

// BecomeOwnerAfterLogin has the process become the owner of the mailbox that b
// opens, with no way back, and give up what it needs for other users.
func (r *Rights) BecomeOwnerAfterLogin(b *pop3.Backend) {
	b.Open = r.becomeOwner(b)
	loggedIn := b.LoggedIn
	b.LoggedIn = func(a *pop3.Account, client *pop3.Client) {
		if loggedIn != nil {
			loggedIn(a, client)
		}
		r.Finish()
	}
}

func (r *Rights) becomeOwner(b *pop3.Backend) pop3.Opener {
	open, release := b.Open, sync.OnceFunc(b.Release)
	b.Release = release
	return func(ctx context.Context, a *pop3.Account, client *pop3.Client) (pop3.Mailbox, error) {
		mailbox, err := open(ctx, a, client)
		if err != nil {
			return nil, err
		}
		release() // No other user logs in here, so that no password needs to be checked.
		r.ClosePAM()
		if err := r.keepOnly(a); err != nil {
			return nil, errors.Join(err, mailbox.Close())
		}
		return mailbox, nil
	}
}

// keepOnly makes the process the owner of an account's mailbox, and leaves it that
// mailbox only.
func (r *Rights) keepOnly(a *pop3.Account) error {
	_, _ = time.Now().Zone() // The file of the time zone is read at the first use.
	last, err := r.lastOwner(a)
	if err != nil {
		return err
	}
	if err := osuser.Become(last); err != nil {
		return err
	}
	// A mailbox on another server has no path, and its connection is open.
	return r.applyQuietly(confine.Policy{Only: true, Write: existing(a.Maildrop)})
}

func (r *Rights) apply(policy confine.Policy, logged bool) error {
	report, err := confine.Apply(policy)
	if err == nil && logged {
		r.Log.Info("sandbox enabled", slog.String("report", report.String()))
	}
	return err
}

// applyQuietly logs only for debugging: with a process for each connection the
// reports would hide all other events.
func (r *Rights) applyQuietly(policy confine.Policy) error {
	report, err := confine.Apply(policy)
	if err == nil {
		r.Log.Debug("sandbox enabled", slog.String("report", report.String()))
	}
	return err
}

// lastOwner returns the user that the process becomes: the mailbox's owner. Without
// one the process stays the same user, but loses the capabilities with which it was
// started, and the group with which it read passwords.
func (r *Rights) lastOwner(a *pop3.Account) (*osuser.Owner, error) {
	if o := Owner(a); o != nil || os.Geteuid() == 0 {
		return o, nil
	}
	groups, err := unix.Getgroups()
	if err != nil {
		return nil, fmt.Errorf("ask for groups: %w", err)
	}
	if info, err := os.Stat(r.Shadow); err == nil {
		shadow := int(info.Sys().(*syscall.Stat_t).Gid)
		groups = slices.DeleteFunc(groups, func(g int) bool { return g == shadow })
	}
	return &osuser.Owner{UID: os.Geteuid(), GID: os.Getegid(), Groups: groups}, nil
}

// Owner returns the owner of an account's mailbox, nil for the user of the process.
func Owner(a *pop3.Account) *osuser.Owner {
	if a.UID < 0 {
		return nil
	}
	return &osuser.Owner{UID: a.UID, GID: a.GID, Groups: a.Groups}
}

// existing returns the paths that are set, made absolute.
func existing(paths ...string) []string {
	var set []string
	for _, path := range paths {
		if absolute, err := filepath.Abs(path); path != "" && err == nil {
			set = append(set, absolute)
		}
	}
	return set
}
