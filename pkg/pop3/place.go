package pop3

import (
	"context"
	"time"
)

// How long a login waits until a session that it ends gives its place back, and how often it
// looks.
const (
	placeWait = time.Second
	placePoll = 10 * time.Millisecond
)

// takePlace counts the session as one of the user with this name. If the user has no place
// left, it ends a session with the same Maildir that is abandoned: a client that has vanished
// must not use up the only place of its user.
func (a *authorization) takePlace(ctx context.Context, name string, account *Account) *Refusal {
	server, silent := a.s.server, a.s.backend.LockTakeover
	refusal := a.s.limiter.LogIn(name, account.MaxSessions)
	if !refusal.isPerUser() || account.Maildrop == "" || silent <= 0 {
		return refusal
	}
	holder, ends := server.takeOver(account.Maildrop, silent)
	if holder == nil && server.AskTakeOver != nil {
		server.AskTakeOver(account.Maildrop, silent)
		return a.s.limiter.LogIn(name, account.MaxSessions) // It waits for sessions of other processes that end.
	}
	if !ends {
		return refusal
	}
	return a.waitForPlace(ctx, name, account, refusal)
}

// waitForPlace counts the session as one of the user as soon as a session of this process has given
// its place back. It returns what refuses the session otherwise, at first refusal.
func (a *authorization) waitForPlace(ctx context.Context, name string, account *Account, refusal *Refusal) *Refusal {
	for until := time.Now().Add(placeWait); refusal.isPerUser() && time.Now().Before(until); {
		select {
		case <-ctx.Done():
			return refusal
		case <-time.After(placePoll):
			refusal = a.s.limiter.LogIn(name, account.MaxSessions)
		}
	}
	return refusal
}

// isPerUser reports whether the user has too many sessions.
func (r *Refusal) isPerUser() bool { return r != nil && r.Answer == ErrPerUser }
