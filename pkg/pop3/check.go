package pop3

import (
	"context"
	"fmt"
	"log/slog"
	"time"
)

// check asks the user database, once the guard allows it. The delay comes before
// the check, so that a flood of guesses costs no more than its connections.
func (a *authorization) check(ctx context.Context, try Attempt, ask func(context.Context, Attempt) (*Account, error)) (*Account, error) {
	a.tried = time.Now()
	try, err := a.reserve(ctx, try)
	if err != nil {
		return nil, err
	}
	account, err := ask(ctx, try)
	return account, a.settle(ctx, try.Password, account, err)
}

// reserve waits until the guard allows a check, and returns the attempt with
// whether the client is known. The caller has to settle the check.
func (a *authorization) reserve(ctx context.Context, try Attempt) (Attempt, error) {
	try.Client = a.client("")
	for {
		permit, refusal := a.s.limiter.Begin(try)
		if refusal != nil {
			return try, refusal
		}
		if ctx.Err() != nil {
			return try, context.Cause(ctx) // The session ends, and Close cancels the reservation.
		}
		if permit.Delay == 0 {
			a.reserved, try.Known = true, permit.Known
			return try, nil
		}
		a.extendLogin(permit.Delay)
		a.s.out.flush()
		begun := time.Now()
		// Suspend does not end it: the guard would demand the rest again at once.
		if err := a.s.pauseFor(ctx, permit.Delay, nil); err != nil {
			return try, err
		}
		delayed(ctx, begun)
	}
}

// settle reports the outcome of a check to the guard. It returns the error for
// the client: an eviction may be why the check failed.
//
// The database may have found the user under another name than the client sent,
// such as an alias. Then the delay of that name applies too, before the client
// gets the outcome: other names of a user allow no more guesses.
func (a *authorization) settle(ctx context.Context, secret string, account *Account, err error) error {
	name := rowName(a.s.Login, account, err)
	if a.s.Login != "" && name != a.s.Login {
		if _, refusal := a.reserve(ctx, Attempt{Login: name, Password: secret}); refusal != nil {
			a.reserved = false
			a.s.limiter.End(name, err) // The check was made, so that it counts.
			return refusal
		}
	}
	a.reserved = false
	if account == nil || !account.Unproven {
		a.s.limiter.End(name, err)
	}
	if refusal := a.s.eviction.ordered(); refusal != nil {
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
	if a.s.server.closing.hasBegun() || a.s.server.suspend.hasBegun() || a.s.eviction.ordered() != nil {
		a.exchange.close()
		return
	}
	a.endAuth()
}

// endAuth ends the SASL exchange, if there is one. One that has not been settled
// is a failed login, in the log too.
func (a *authorization) endAuth() {
	exchange := a.exchange
	if unsettled := a.closeExchange(); unsettled && exchange != nil {
		a.s.tally(FigureLoginsFailed, exchange.method, 1)
		a.s.log(slog.LevelInfo, EventLoginFailed, exchange.attrs(slog.Any("error", errAborted))...)
	}
}

// closeExchange ends the SASL exchange, if there is one. It reports whether nothing has
// settled it: then the guard counts a failed login.
func (a *authorization) closeExchange() (unsettled bool) {
	a.exchange.close()
	a.exchange = nil
	if !a.reserved {
		return false
	}
	a.reserved = false
	a.s.limiter.End(a.s.Login, errAborted)
	return true
}

// close closes the exchange, if it has to be closed and there is one.
func (a *authentication) close() {
	if a == nil {
		return
	}
	if e, ok := a.Exchange.(ClosingExchange); ok {
		e.Close()
	}
}
