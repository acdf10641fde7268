package auth

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"tpops/pkg/pop3"
)

// CacheOptions are the parameters of a Cache.
type CacheOptions struct {
	Users pop3.Authenticator // the database
	Time  time.Duration      // how long an accepted login is remembered
	Stale time.Duration      // for how much longer while Users cannot be asked; 0: no longer
	Size  int                // highest number of users, at least 1
	Log   *slog.Logger       // logs each login accepted from a stale entry; nil: no log

	// PerClient is set if Users may decide by the client's address and TLS. A login is
	// then remembered only for the same address, port of the server, and TLS.
	PerClient bool
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
// It implements pop3.Authenticator. It does not have to be closed. Goroutines may share
// it.
type Cache struct {
	options CacheOptions
	logins  *recentLogins
}

// NewCache returns an empty Cache.
func NewCache(o CacheOptions) *Cache {
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	return &Cache{options: o, logins: newRecentLogins(o.Size)}
}

// Authenticate implements pop3.Authenticator. Its errors are those of Users.
func (c *Cache) Authenticate(ctx context.Context, a pop3.Attempt) (*pop3.Account, error) {
	id := c.logins.identify(a.Login, a.Password, c.client(a))
	account, age := c.logins.find(id)
	if account != nil && age < c.options.Time && ctx.Err() == nil {
		return account, nil
	}
	asked := time.Now()
	fresh, err := c.options.Users.Authenticate(ctx, a)
	switch {
	case err == nil:
		return c.logins.keep(id, fresh, asked), nil
	case isRefusal(err):
		c.logins.drop(id)
	case account != nil && age < c.options.Time+c.options.Stale && ctx.Err() == nil:
		c.options.Log.Warn("stale cached login accepted", slog.String("user", account.Name),
			slog.Duration("age", age.Round(time.Second)), slog.Any("error", err))
		return account, nil
	}
	return nil, err
}

// client returns what of the client an entry is for, "" if it is for any.
func (c *Cache) client(a pop3.Attempt) string {
	if !c.options.PerClient || a.Client == nil {
		return ""
	}
	return fmt.Sprint(a.Client.Remote.Addr(), a.Client.Local, a.Client.TLS, a.Client.Certificate != nil)
}

// isRefusal reports whether err is about the user, and not about a database that
// could not be asked, or a session that has ended meanwhile.
func isRefusal(err error) bool {
	return errors.Is(err, pop3.ErrAuth) || errors.Is(err, pop3.ErrPermanent)
}
