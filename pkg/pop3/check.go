package pop3

import (
	"context"
	"fmt"
	"time"
)

// check asks who it is that logs in, once the guard allows it. The delay comes
// before the check, so that a flood of guesses does not cost more than its
// connections.
func (a *authorization) check(ctx context.Context, secret string, ask func() (*Account, error)) (*Account, error) {
	a.tried = time.Now()
	if err := a.reserve(ctx, a.s.Login, secret); err != nil {
		return nil, err
	}
	account, err := ask()
	return account, a.settle(ctx, secret, account, err)
}

// reserve waits until the guard allows a check. The caller has to settle it.
func (a *authorization) reserve(ctx context.Context, login, secret string) error {
	a.known = a.s.place.Known(login)
	for {
		delay, refusal := a.s.place.Try(login, secret)
		if refusal != nil {
			return refusal
		}
		if ctx.Err() != nil {
			return context.Cause(ctx) // The session ends, and Leave undoes the reservation.
		}
		if delay == 0 {
			a.reserved = true
			return nil
		}
		a.extendLogin(delay)
		a.s.out.flush()
		if err := a.s.pause(ctx, delay); err != nil {
			return err
		}
	}
}

// settle reports the outcome of a check to the guard. It returns the error that
// counts: an eviction may be why the check failed.
//
// The database may have found the user under another name than the client sent,
// for instance in letters of other case. Then the delay of that name is waited
// for too, before the client learns the outcome: other spellings of a name give
// no further guesses.
func (a *authorization) settle(ctx context.Context, secret string, account *Account, err error) error {
	name := rowName(a.s.Login, account, err)
	if a.s.Login != "" && name != a.s.Login {
		if err := a.reserve(ctx, name, secret); err != nil {
			return err
		}
	}
	a.reserved = false
	if account == nil || !account.Unproven {
		a.s.place.Tried(name, err)
	}
	if refusal := a.s.evicted.Load(); refusal != nil {
		return refusal
	}
	return err
}

// errBrokenOff is the outcome of an exchange that the client has not finished.
// It is counted like a wrong password: the user was looked up for it.
var errBrokenOff = fmt.Errorf("the client broke off the exchange: %w", ErrAuth)

// abort ends an exchange with the session. It counts unless the server ended
// the session.
func (a *authorization) abort() {
	if a.s.server.isClosing() || a.s.server.suspend.requested() || a.s.evicted.Load() != nil {
		return
	}
	a.endAuth()
}

// endAuth ends the SASL exchange, if there is one.
func (a *authorization) endAuth() {
	a.exchange = nil
	if a.reserved {
		a.reserved = false
		a.s.place.Tried(a.s.Login, errBrokenOff)
	}
}
