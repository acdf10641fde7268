package verify

import (
	"context"
	"errors"
	"fmt"
	"time"

	"tpops/pkg/pool"
	"tpops/pkg/pop3"
	"tpops/pkg/proxy"
)

// Account is a user of both servers.
type Account struct{ Login, Password string }

// Checker compares the mailboxes of users on two servers. Goroutines may share it.
type Checker struct {
	Old, New pop3.Opener   // log in to the servers
	Timeout  time.Duration // for all that is asked of one server about one user
	Lines    int           // how many differences of a user are described
}

// What can come out for a user. Those after StatusDifferent mean that nothing was
// compared.
const (
	StatusEqual       = "equal"
	StatusDifferent   = "different"
	StatusRefused     = "login refused"
	StatusBusy        = "temporary error" // such as a mailbox that is in use
	StatusInvalid     = "invalid reply"
	StatusUnreachable = "server unreachable"
)

// Report is what came out for a user.
type Report struct {
	Login       string   `json:"login"`
	Status      string   `json:"status"`
	Messages    int      `json:"messages"`     // on the old server
	NewMessages int      `json:"new_messages"` // on the new server
	Again       int      `json:"again"`        // messages of the new server with a UIDL that the old one has not: clients download them
	Missing     int      `json:"missing"`      // messages that only the old server has
	Moved       int      `json:"moved"`        // messages on both that are out of their order
	Sizes       int      `json:"sizes"`        // messages whose sizes differ by more
	Inexact     int      `json:"inexact"`      // messages whose sizes differ, but not more than that of a file from the exact one
	Differences []string `json:"differences,omitempty"`
	Error       string   `json:"error,omitempty"`
}

// statusBroken means that the end of the context broke the comparison off.
const statusBroken = "broken off"

// Run compares the mailboxes of users, at most side of them at a time, and calls done
// with each report, in the order of the users. The end of ctx breaks it off: the other users
// have no report.
func (c *Checker) Run(ctx context.Context, users []Account, side int, done func(*Report)) {
	pool.Run(ctx, users, side, c.User, func(r *Report) {
		if r.Status != statusBroken {
			done(r)
		}
	})
}

// User compares the mailboxes of a user. If they differ it compares them once more:
// mail may have come between the two logins. If the end of ctx breaks this off, the first
// result proves nothing.
func (c *Checker) User(ctx context.Context, user Account) *Report {
	r := c.once(ctx, user)
	if r.Status == StatusDifferent {
		switch again := c.once(ctx, user); again.Status {
		case StatusEqual, StatusDifferent, statusBroken:
			return again
		}
	}
	return r
}

// once compares the mailboxes of a user. One server is asked after the other, because
// both may lock the same mailbox.
func (c *Checker) once(ctx context.Context, user Account) *Report {
	r := &Report{Login: user.Login}
	defer func() {
		if r.Error != "" && ctx.Err() != nil {
			r.Status = statusBroken // No server is to blame.
		}
	}()
	was, err := c.list(ctx, c.Old, user)
	if err != nil {
		r.fail("old server", err)
		return r
	}
	now, err := c.list(ctx, c.New, user)
	if err != nil {
		r.fail("new server", err)
		return r
	}
	r.compare(was, now, c.Lines)
	return r
}

// errNoUIDLs is the error for a server without the command UIDL.
var errNoUIDLs = errors.New("the server has no UIDLs")

// list returns what a server lists for a user, and quits.
func (c *Checker) list(ctx context.Context, open pop3.Opener, user Account) ([]pop3.Message, error) {
	ctx, cancel := context.WithTimeoutCause(ctx, c.Timeout, fmt.Errorf("the replies did not end within %v", c.Timeout))
	defer cancel()
	account := &pop3.Account{Name: user.Login, UID: -1, GID: -1}
	mailbox, err := open(ctx, account, &pop3.Client{Session: "verify", Password: user.Password})
	if err != nil {
		return nil, err
	}
	defer mailbox.Close()
	listing := mailbox.Listing()
	all := make([]pop3.Message, listing.Len())
	for i := range all {
		all[i] = listing.Message(i + 1)
	}
	if !listing.HasUIDLs() && len(all) > 0 {
		return nil, errNoUIDLs
	}
	var none pop3.Marks
	_ = mailbox.Update(ctx, &none) // It only sends QUIT. What was listed stands whatever the reply is.
	return all, nil
}

// fail reports that a server could not be asked.
func (r *Report) fail(server string, err error) {
	r.Error = fmt.Sprintf("%s: %v", server, err)
	answer := pop3.ErrorIn(err)
	switch {
	case answer != nil && (answer.Code == pop3.CodeInUse || answer.Code == pop3.CodeSysTemp):
		r.Status = StatusBusy
	case answer != nil:
		r.Status = StatusRefused
	case errors.Is(err, proxy.ErrNonsense), errors.Is(err, errNoUIDLs):
		r.Status = StatusInvalid
	default:
		r.Status = StatusUnreachable
	}
}
