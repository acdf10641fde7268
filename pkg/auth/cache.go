package auth

import (
	"context"
	"log/slog"
	"time"

	"tpops/pkg/pop3"
)

// CacheOptions are the parameters of a Cache.
type CacheOptions struct {
	Users pop3.Authenticator // the database that is asked
	Time  time.Duration      // how long an answer is good
	Stale time.Duration      // how much longer it is while Users cannot be asked; 0 is not at all
	Size  int                // users remembered at most, at least 1
	Log   *slog.Logger       // logs each login accepted from a stale entry; nil: no log
}

// Cache remembers the users who have logged in, so that a client that polls
// does not cost a query and a password check each time, and, with Stale, can
// log in while the database is down.
//
// It remembers the last accepted login of a name, for exactly that password: it
// asks the database about any other. It does not remember rejected logins. Names
// and passwords are kept only as digests, made with a random key that is never
// stored. APOP is not cached, since each digest is for another challenge.
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
func (c *Cache) Authenticate(ctx context.Context, a pop3.Attempt) (*pop3.Account, error) {
	id := c.answers.identify(a.Login, a.Password)
	account, age := c.answers.find(id)
	if account != nil && age < c.options.Time && ctx.Err() == nil {
		return account, nil
	}
	asked := time.Now()
	fresh, err := c.options.Users.Authenticate(ctx, a)
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

// isRefusal reports whether err is about the user, and not about a database that
// could not be asked.
func isRefusal(err error) bool {
	known := pop3.ErrorIn(err)
	return known != nil && known.Code != pop3.CodeSysTemp
}
