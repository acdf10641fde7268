package auth

import (
	"context"
	"errors"
	"fmt"
	"time"

	"tpops/pkg/pop3"
	"tpops/pkg/scram"
)

// Database is a database of users. Goroutines may share it.
type Database interface {
	pop3.Authenticator

	// Find looks a login name up, without comparing any password. It returns a
	// User for an unknown name too. An error means that the database could not
	// be asked; it wraps neither pop3.ErrAuth nor pop3.ErrPermanent.
	Find(ctx context.Context, login string) (User, error)
}

// User is what a Database has found for a login name. A database that can do
// more than compare passwords returns a User that also implements SecretUser,
// SCRAMUser or ProvenUser. The errors of all methods are those of
// pop3.Authenticator. One goroutine uses it.
type User interface {
	// Known reports whether the database has such a user, whose login may still
	// be rejected.
	Known() bool

	// Authenticate compares the password of an attempt with this login name. For
	// an unknown user it takes as long and rejects the attempt.
	Authenticate(ctx context.Context, a pop3.Attempt) (*pop3.Account, error)
}

// SecretUser is a User of a database that stores passwords in the clear, for
// methods that need them (APOP, CRAM-MD5).
type SecretUser interface {
	// AuthenticateSecret calls matches, which reports whether a password is the
	// one that the client has. It calls it for a user without a password too.
	AuthenticateSecret(ctx context.Context, matches func(secret string) bool) (*pop3.Account, error)
}

// SCRAMUser is a User of a database that stores keys for SCRAM, or passwords
// from which they can be derived.
type SCRAMUser interface {
	// SCRAMKeys returns the keys for an attempt with this login name, and the
	// function that decides after the exchange. For a user without keys it returns
	// keys that no client can have.
	SCRAMKeys(ctx context.Context, a pop3.Attempt, h scram.Hash) (*scram.Keys, Admit, error)
}

// ProvenUser is a User of a database that returns an account without the
// password, for a client that has proved its name in another way.
type ProvenUser interface {
	Account(ctx context.Context) (*pop3.Account, error)
}

// LocatedUser is a User of a database that knows the mailbox without the password, and
// leaves the decision about a login to another program. It is for tools, never for a
// login.
type LocatedUser interface {
	// Located returns the account with its mailbox. The other program may refuse a login
	// of the user.
	Located(ctx context.Context) (*pop3.Account, error)
}

// Admit decides about a login once the client has proved, or not, that it has
// the password. Its errors are those of pop3.Authenticator.
type Admit = func(proved bool) (*pop3.Account, error)

// The reasons why a user is rejected, for any database.
var (
	ErrNoUser        = errors.New("no such user")
	ErrWrongPassword = errors.New("wrong password")
	ErrNoSecret      = errors.New("no password for APOP")
	ErrNoKeys        = errors.New("no password for SCRAM")

	// ErrSeveralRows is wrapped by the error of a query that matches several users. The
	// order of the rows must not decide which one logs in.
	ErrSeveralRows = errors.New("the query returns more than one row")

	// ErrNoList is wrapped by the error of a database that cannot list its users.
	ErrNoList = errors.New("this user database cannot list its users")

	errNoProof = errors.New("the user cannot log in without the password")
)

// Authenticate finds the user in one database and compares the password.
func Authenticate(ctx context.Context, d Database, a pop3.Attempt) (*pop3.Account, error) {
	user, err := find(ctx, d, a.Login)
	if err != nil {
		return nil, err
	}
	return user.Authenticate(ctx, a)
}

// find looks a login name up in one database, and measures how long that takes.
func find(ctx context.Context, d Database, login string) (User, error) {
	if s, ok := d.(*Sequence); ok {
		return s.Find(ctx, login) // which measures each of its databases
	}
	begun := time.Now()
	user, err := d.Find(ctx, login)
	Asked(ctx, begun, err)
	return user, err
}

// Asked measures a look-up that began at begun and has ended with err, the error
// of Find, or of Authenticate of a database that compares passwords itself.
func Asked(ctx context.Context, begun time.Time, err error) {
	pop3.Took(ctx, pop3.SpanLookup, begun)
	if err != nil && !errors.Is(err, pop3.ErrAuth) && !errors.Is(err, pop3.ErrPermanent) {
		pop3.Count(ctx, pop3.FigureLookupErrors)
	}
}

// reject returns the error for a user who cannot log in, with its reason.
func reject(reason error) error { return fmt.Errorf("%w: %w", reason, pop3.ErrAuth) }
