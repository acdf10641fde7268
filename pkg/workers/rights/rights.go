// Package rights gives up the rights that a process does not need with its
// configuration.
//
// A process that serves many sessions confines itself once, with Confine. A process
// that serves one session does it in two steps. Before login, ConfineLogin keeps the
// rights to authenticate a client and to become that user. After login,
// BecomeOwnerAfterLogin makes the process become the mailbox's owner, with no way back,
// and keeps only the rights on that Maildir.
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

// Rights are the rights of this process.
type Rights struct {
	Policy confine.Policy // of a process that serves many sessions
	Tested bool           // another process has tested what this one does, with TestOwner if it becomes an owner
	Log    *slog.Logger

	filtered bool // by ConfineLogin

	// Finish closes what the process uses only before login. With it an attacker who
	// has taken over the process could start login-hook for any user, or change the
	// counters of the guard.
	Finish func()
	// ClosePAM ends the process that calls PAM.
	ClosePAM func()
	// Shadow is the file of the passwords of system users, whose group may read it.
	Shadow string
}

// Confine gives up the rights that no session needs. If logged is set, the report is an
// event; otherwise it is logged only for debugging. The error is that of the kernel.
func (r *Rights) Confine(logged bool) error {
	policy := r.Policy
	policy.Tested = r.Tested
	return r.apply(policy, logged)
}

// ConfineLogin gives up the rights that are needed neither before nor after login: other
// programs and processes, and networks except that of the user database. The error is
// that of the kernel.
func (r *Rights) ConfineLogin() error {
	policy := r.Policy
	policy.Tested = r.Tested
	policy.FirstUID, policy.FirstGID, policy.Become = 0, 0, true
	report, err := r.applyQuietly(policy)
	r.filtered = report.Seccomp
	return err
}

// TestOwner tests after ConfineLogin whether the kernel enforces the rules that
// BecomeOwnerAfterLogin sets. The files of the policy and its network remain usable.
func (r *Rights) TestOwner() error {
	policy := r.Policy
	policy.FirstUID, policy.FirstGID, policy.Further = 0, 0, r.filtered
	_, err := r.applyQuietly(policy)
	return err
}

// BecomeOwnerAfterLogin makes the process become the owner of the mailbox that b opens,
// with no way back, and give up the rights for other users. After that b opens no other
// mailbox. If it fails, b opens none at all: the process may have the ids of two users then.
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
	var done error // The one session of the process logs in again only after an error.
	return func(ctx context.Context, a *pop3.Account, client *pop3.Client) (pop3.Mailbox, error) {
		if done != nil {
			return nil, done
		}
		mailbox, err := open(ctx, a, client)
		if err != nil {
			return nil, err
		}
		done = errOwner
		release() // No other user logs in here, so that no more passwords are checked.
		r.ClosePAM()
		if err := r.keepOnly(a); err != nil {
			done = err
			return nil, errors.Join(err, mailbox.Close())
		}
		return mailbox, nil
	}
}

// errOwner is the error of a second login. The first one may fail after the mailbox was
// opened: what restricts a user whose password another server checks is looked at last.
var errOwner = errors.New("this process has become the owner of a mailbox, and can open no other one")

// keepOnly makes the process become the owner of an account's mailbox, and give up all
// rights except those on that mailbox.
func (r *Rights) keepOnly(a *pop3.Account) error {
	_, _ = time.Now().Zone() // Load the time zone now: its file cannot be read later.
	last, err := r.lastOwner(a)
	if err != nil {
		return err
	}
	if err := osuser.Become(last); err != nil {
		return err
	}
	// A mailbox on another server has no path, and its connection is open.
	_, err = r.applyQuietly(confine.Policy{Only: true, Write: existing(a.Maildrop), Tested: r.Tested, Further: r.filtered})
	return err
}

func (r *Rights) apply(policy confine.Policy, logged bool) error {
	report, err := confine.Apply(policy)
	if err == nil && logged {
		r.Log.Info("sandbox enabled", slog.String("report", report.String()))
	}
	return err
}

// applyQuietly logs the report only for debugging: a process for each connection would
// log it for each connection.
func (r *Rights) applyQuietly(policy confine.Policy) (confine.Report, error) {
	report, err := confine.Apply(policy)
	if err == nil && r.Log.Enabled(context.Background(), slog.LevelDebug) {
		r.Log.Debug("sandbox enabled", slog.String("report", report.String()))
	}
	return report, err
}

// lastOwner returns the user that the process becomes: the mailbox's owner. Without an
// owner the process keeps its user, but loses the capabilities with which it was started
// and the group that may read passwords.
func (r *Rights) lastOwner(a *pop3.Account) (*osuser.Owner, error) {
	if o := Owner(a); o != nil || os.Geteuid() == 0 {
		return o, nil
	}
	groups, err := unix.Getgroups()
	if err != nil {
		return nil, fmt.Errorf("getgroups: %w", err)
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

// existing returns the paths that are not empty, as absolute paths.
func existing(paths ...string) []string {
	var set []string
	for _, path := range paths {
		if path == "" {
			continue // Abs would look for the working directory.
		}
		if absolute, err := filepath.Abs(path); err == nil {
			set = append(set, absolute)
		}
	}
	return set
}
