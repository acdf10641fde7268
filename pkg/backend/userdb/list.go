package userdb

import (
	"context"
	"fmt"
	"iter"
	"slices"

	"tpops/pkg/auth"
	"tpops/pkg/pop3"
)

// lister is a user database that can list its users.
type lister interface {
	Logins(ctx context.Context) ([]string, error)
}

// tableLister is a lister with rows that may have no login name.
type tableLister interface {
	Logins(ctx context.Context, skip func(reason error)) ([]string, error)
}

// Each returns the databases in the order in which they are asked, with their names.
func (d *Databases) Each() iter.Seq2[string, auth.Database] {
	return func(yield func(string, auth.Database) bool) {
		for i, database := range d.All {
			if !yield(d.names[i], database) {
				return
			}
		}
	}
}

// Logins returns the login names of all users, each once. It calls skip with the reason
// for each row that has no usable one. The error is that a database, which it names,
// cannot list them or cannot be read.
func (d *Databases) Logins(ctx context.Context, skip func(reason error)) ([]string, error) {
	var all []string
	for i, database := range d.All {
		logins, err := loginsOf(ctx, database, skip)
		if err != nil {
			return nil, fmt.Errorf("auth-type = %s: %w", d.names[i], err)
		}
		all = append(all, logins...)
	}
	slices.Sort(all)
	return slices.Compact(all), nil
}

func loginsOf(ctx context.Context, database auth.Database, skip func(reason error)) ([]string, error) {
	switch l := database.(type) {
	case lister:
		return l.Logins(ctx)
	case tableLister:
		return l.Logins(ctx, skip)
	}
	return nil, auth.ErrNoList
}

// Account returns the account of a user without a password. Errors are those of
// pop3.Authenticator; auth.ErrNoUser is wrapped if there is no such user.
func (d *Databases) Account(ctx context.Context, login string) (*pop3.Account, error) {
	for i, database := range d.All {
		user, err := database.Find(ctx, login)
		if err != nil {
			return nil, err
		}
		if !user.Known() {
			continue
		}
		switch u := user.(type) {
		case auth.ProvenUser:
			return u.Account(ctx)
		case auth.LocatedUser:
			return u.Located(ctx)
		}
		return nil, fmt.Errorf("auth-type = %s: the mailbox of a user is not known without the password: name the Maildir, or use --maildir", d.names[i])
	}
	return nil, fmt.Errorf("%w: %w", auth.ErrNoUser, pop3.ErrAuth)
}
