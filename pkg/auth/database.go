package auth

import (
	"context"
	"errors"
	"fmt"

	"tpops/pkg/password"
	"tpops/pkg/pop3"
	"tpops/pkg/scram"
)

// Database is a database of users that can be one of several (Sequence). All
// of this package are. Goroutines may share it.
type Database interface {
	pop3.Authenticator

	// SecretReach returns for how many users the password itself is known,
	// SCRAMReach how many can use SCRAM with a hash function, and LookupReach
	// how many can be let in without their passwords.
	SecretReach() Reach
	SCRAMReach(h scram.Hash) Reach
	LookupReach() Reach

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

	// keys returns keys for SCRAM and what decides after it. It is nil where
	// the database has none for anybody.
	keys func(ctx context.Context, h scram.Hash) (*scram.Keys, Admit, error)

	// trusted returns the account of a user who has proved in another way to
	// be the one. It is nil where the database tells that with the password
	// alone.
	trusted func() (*pop3.Account, error)
}

// rowCandidate is one from a table, whose password is compared with hash. The
// row is nil if there is none. With secrets those in the clear are used as such.
func rowCandidate(v *password.Verifier, kind string, row *userRow, hash password.Stored, secrets bool) *candidate {
	c := &candidate{known: row != nil}
	c.trusted = func() (*pop3.Account, error) { return row.admit(kind, true) }
	c.login = func(ctx context.Context, password string) (*pop3.Account, error) {
		return row.login(ctx, v, kind, hash, password)
	}
	if secrets {
		c.secret = func(fits func(string) bool) (*pop3.Account, error) {
			password, clear := hash.ClearText()
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

// withKeys gives a candidate of a table keys for SCRAM: those of row, or as
// costly as other's.
func (c *candidate) withKeys(v *password.Verifier, kind string, row *userRow, login string, other func(scram.Hash) password.Stored) *candidate {
	c.keys = func(ctx context.Context, h scram.Hash) (*scram.Keys, Admit, error) {
		return row.scram(ctx, v, kind, h, login, other(h))
	}
	return c
}

// authenticateDigest finds the user in one database and compares the digest.
func authenticateDigest(ctx context.Context, d Database, login, challenge, digest string) (*pop3.Account, error) {
	return authenticateSecret(ctx, d, login, func(secret string) bool { return digestMatches(challenge, secret, digest) })
}

// authenticateSecret finds the user in one database and has the secret compared.
func authenticateSecret(ctx context.Context, d Database, login string, fits func(string) bool) (*pop3.Account, error) {
	found, err := d.candidate(ctx, login)
	if err != nil {
		return nil, err
	}
	if found.secret == nil {
		return nil, fmt.Errorf("%w: %w", errNoSecret, pop3.ErrAuth)
	}
	return found.secret(fits)
}

// lookup finds the user in one database, without a password. The row must carry
// the very name that was proven: a database may compare names loosely, and the
// owner of a similar name must not get this user's mail.
func lookup(ctx context.Context, d Database, login string) (*pop3.Account, error) {
	found, err := d.candidate(ctx, login)
	if err != nil {
		return nil, err
	}
	if found.trusted == nil {
		return nil, fmt.Errorf("%w: %w", errNoTrust, pop3.ErrAuth)
	}
	account, err := found.trusted()
	if err == nil && !pop3.SameName(account.Name, login) {
		return nil, fmt.Errorf("the row is that of the user %q: %w", account.Name, pop3.ErrAuth)
	}
	return account, err
}

// errNoTrust keeps those out of whom only their password says who they are.
var errNoTrust = errors.New("the user cannot log in without the password")

// scramKeys finds the user in one database and returns keys and what decides.
// Where the database has none the login gets keys that nobody can meet.
func scramKeys(ctx context.Context, v *password.Verifier, d Database, login string, h scram.Hash) (*scram.Keys, Admit, error) {
	found, err := d.candidate(ctx, login)
	if err != nil {
		return nil, nil, err
	}
	if found.keys != nil {
		return found.keys(ctx, h)
	}
	keys, _, err := (*userRow)(nil).scram(ctx, v, "users", h, login, password.NoKeys())
	return keys, func(bool) (*pop3.Account, error) {
		return nil, fmt.Errorf("%w: %w", errNoKeys, pop3.ErrAuth)
	}, err
}
