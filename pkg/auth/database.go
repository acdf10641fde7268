package auth

import (
	"context"
	"fmt"

	"tpops/pkg/pop3"
)

// Database is a database of users that can be one of several (Sequence). All
// of this package are. Goroutines may share it.
type Database interface {
	pop3.Authenticator

	// candidate looks a login name up without a look at any password. An error
	// says nothing about the user.
	candidate(ctx context.Context, login string) (*candidate, error)
}

// candidate is what a database has found for a login name, before a password
// has been looked at.
type candidate struct {
	known bool // there is such a user, who need not be able to log in

	// login compares the password; where known is false it takes as long and
	// refuses. Its errors are those of pop3.Authenticator.
	login func(ctx context.Context, password string) (*pop3.Account, error)

	// secret does the same for methods such as APOP that need the password
	// itself: fits reports whether it is the one that the client has, and is
	// called for users without one too. It is nil where the database has no
	// passwords for that.
	secret func(fits func(secret string) bool) (*pop3.Account, error)
}

// rowCandidate is one from a table, whose password is compared with hash. The
// row is nil if there is none. With secrets those in the clear are used as such.
func rowCandidate(v *Verifier, kind string, row *userRow, hash stored, secrets bool) *candidate {
	c := &candidate{known: row != nil}
	c.login = func(ctx context.Context, password string) (*pop3.Account, error) {
		return row.login(ctx, v, kind, hash, password)
	}
	if secrets {
		c.secret = func(fits func(string) bool) (*pop3.Account, error) {
			password, clear := hash.clearText()
			fit := fits(password)
			return row.admit(kind, clear && fit)
		}
	}
	return c
}

// authenticate finds the user in one database and compares the password.
func authenticate(ctx context.Context, d Database, login, password string) (*pop3.Account, error) {
	found, err := d.candidate(ctx, login)
	if err != nil {
		return nil, err
	}
	return found.login(ctx, password)
}

// authenticateDigest finds the user in one database and compares the digest.
func authenticateDigest(ctx context.Context, d Database, login, challenge, digest string) (*pop3.Account, error) {
	found, err := d.candidate(ctx, login)
	if err != nil {
		return nil, err
	}
	if found.secret == nil {
		return nil, fmt.Errorf("%w: %w", errNoSecret, pop3.ErrAuth)
	}
	return found.secret(func(secret string) bool { return digestMatches(challenge, secret, digest) })
}
