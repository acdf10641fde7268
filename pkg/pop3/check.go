package pop3

import (
	"context"
	"fmt"
	"log/slog"
	"time"
)

// check asks the user database, once the guard allows it. The delay comes before
// the check, so that a flood of guesses costs no more than its connections.
func (a *authorization) check(ctx context.Context, secret string, ask func(context.Context) (*Account, error)) (*Account, error) {
	a.tried = time.Now()
	known, err := a.reserve(ctx, a.s.Login, secret)
	if err != nil {
		return nil, err
	}
	account, err := ask(known)
	return account, a.settle(ctx, secret, account, err)
}

// reserve waits until the guard allows a check, and returns the context for it.
// The caller has to settle the check.
func (a *authorization) reserve(ctx context.Context, login, secret string) (context.Context, error) {
	if a.s.place.Known(login) {
		ctx = WithKnown(ctx)
	}
	for {
		delay, refusal := a.s.place.Try(login, secret)
		if refusal != nil {
			return nil, refusal
		}
		if ctx.Err() != nil {
			return nil, context.Cause(ctx) // The session ends, and Leave cancels the reservation.
		}
		if delay == 0 {
			a.reserved = true
			return ctx, nil
		}
		a.extendLogin(delay)
		a.s.out.flush()
		if err := a.s.pause(ctx, delay); err != nil {
			return nil, err
		}
	}
}

// settle reports the outcome of a check to the guard. It returns the error for
// the client: an eviction may be why the check failed.
//
// The database may have found the user under another name than the client sent,
// for instance in another case. Then the delay of that name applies too, before
// the client gets the outcome: other spellings of a name allow no more guesses.
func (a *authorization) settle(ctx context.Context, secret string, account *Account, err error) error {
	name := rowName(a.s.Login, account, err)
	if a.s.Login != "" && name != a.s.Login {
		if _, refusal := a.reserve(ctx, name, secret); refusal != nil {
			a.reserved = false
			a.s.place.Tried(name, err) // The check was made, so that it counts.
			return refusal
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

// errAborted is the outcome of a SASL exchange that the client has not finished.
// The guard counts it like a wrong password: the user was looked up for it.
var errAborted = fmt.Errorf("the client did not finish the exchange: %w", ErrAuth)

// abort ends a SASL exchange when the session ends. The guard counts it unless
// the server ended the session.
func (a *authorization) abort() {
	if a.s.server.isClosing() || a.s.server.suspend.requested() || a.s.evicted.Load() != nil {
		return
	}
	a.endAuth()
}

// endAuth ends the SASL exchange, if there is one. One that has not been settled
// is a failed login, in the log too.
func (a *authorization) endAuth() {
	exchange := a.exchange
	a.exchange = nil
	if !a.reserved {
		return
	}
	a.reserved = false
	a.s.place.Tried(a.s.Login, errAborted)
	if exchange != nil {
		a.s.log(slog.LevelInfo, EventLoginFailed, exchange.attrs(slog.Any("error", errAborted))...)
	}
}
