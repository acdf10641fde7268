package auth

import (
	"context"
	"errors"
	"log/slog"
	"time"

	"tpops/pkg/pop3"
)

// CacheOptions is what a Cache needs.
type CacheOptions struct {
	Users pop3.Authenticator // who is asked
	Time  time.Duration      // how long an answer is good
	Stale time.Duration      // how much longer it is while Users cannot be asked; 0 is not at all
	Size  int                // users remembered at most, at least 1
	Log   *slog.Logger       // where it is told that an old answer served; nil is nowhere
}

// Cache remembers whom the user database let in, so that a client that polls
// does not cost a query and a password check each time, and, with Stale, can
// log in while the database is down.
//
// It remembers the last good answer for a login name, and only for the very
// password that it was given: any other is asked afresh. Who was refused is not
// remembered. Of names and passwords it keeps nothing but digests, made with a
// random key that is never stored. Digests of APOP are not its business, for
// each is of another challenge.
//
// It implements pop3.Authenticator. Goroutines may share it; nobody has to
// close it.
type Cache struct {
	options CacheOptions
	answers *answers
}

// NewCache returns an empty Cache.
func NewCache(o CacheOptions) *Cache {
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	return &Cache{options: o, answers: newAnswers(o.Size)}
}

// Authenticate implements pop3.Authenticator. Its errors are those of Users.
func (c *Cache) Authenticate(ctx context.Context, login, password string) (*pop3.Account, error) {
	id := c.answers.identify(login, password)
	account, age := c.answers.find(id)
	if account != nil && age < c.options.Time && ctx.Err() == nil {
		return account, nil
	}
	asked := time.Now()
	fresh, err := c.options.Users.Authenticate(ctx, login, password)
	switch {
	case err == nil:
		return c.answers.keep(id, fresh, asked), nil
	case isRefusal(err):
		c.answers.drop(id)
	case account != nil && age < c.options.Time+c.options.Stale && ctx.Err() == nil:
		c.options.Log.Warn("stale cached login accepted", slog.String("user", account.Name),
			slog.Duration("age", age.Round(time.Second)), slog.Any("error", err))
		return account, nil
	}
	return nil, err
}

// isRefusal reports whether err is an answer about the user, and no trouble in
// getting one.
func isRefusal(err error) bool {
	var told *pop3.Error
	return errors.As(err, &told) && told.Code != pop3.CodeSysTemp
}
