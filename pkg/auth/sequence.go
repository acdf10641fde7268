package auth

import (
	"context"
	"fmt"

	"tpops/pkg/password"
	"tpops/pkg/pop3"
	"tpops/pkg/scram"
)

// Sequence asks several databases of users in turn. The first one that has a
// user decides: a password that is wrong there, or an account that is closed
// there, is not tried in the next, where the name may be another person's. For
// the same reason a database that cannot be asked ends the search.
//
// It implements Database, Ways and pop3.DigestAuthenticator. Goroutines may
// share it. It closes none of its databases.
type Sequence struct {
	databases []Database
	verifier  *password.Verifier
}

// NewSequence returns a Sequence of at least one database. The process has one
// Verifier.
func NewSequence(v *password.Verifier, databases ...Database) *Sequence {
	return &Sequence{databases: databases, verifier: v}
}

// Find implements Database. It returns the first User that is known. For a login
// that no database knows, one of them takes the time of a comparison: always the
// same one for the same login, and a client cannot predict which.
func (s *Sequence) Find(ctx context.Context, login string) (User, error) {
	unknown := make([]User, len(s.databases))
	for i, d := range s.databases {
		user, err := find(ctx, d, login)
		if err != nil || user.Known() {
			return user, err
		}
		unknown[i] = user
	}
	return unknown[s.verifier.Pick(login, len(unknown))], nil
}

// Authenticate implements pop3.Authenticator. Its errors are those of the
// database that decides. It compares one password, whether the user exists or
// not.
func (s *Sequence) Authenticate(ctx context.Context, a pop3.Attempt) (*pop3.Account, error) {
	if len(s.databases) == 1 {
		return s.databases[0].Authenticate(ctx, a) // Saves a question to PAM.
	}
	return Authenticate(ctx, s, a)
}

// AuthenticateDigest implements pop3.DigestAuthenticator (APOP). Its errors are
// those of Authenticate; they wrap pop3.ErrAuth if the user has no password for
// APOP.
func (s *Sequence) AuthenticateDigest(ctx context.Context, login, challenge, digest string) (*pop3.Account, error) {
	return s.AuthenticateSecret(ctx, login, func(secret string) bool { return digestMatches(challenge, secret, digest) })
}

// AuthenticateSecret is for methods that need the password itself. It calls
// matches as SecretUser does. Its errors are those of AuthenticateDigest.
func (s *Sequence) AuthenticateSecret(ctx context.Context, login string, matches func(secret string) bool) (*pop3.Account, error) {
	user, err := s.Find(ctx, login)
	if err != nil {
		return nil, err
	}
	if secret, ok := user.(SecretUser); ok {
		return secret.AuthenticateSecret(ctx, matches)
	}
	return nil, reject(ErrNoSecret)
}

// SCRAMKeys returns the keys for SCRAM, and the function that decides after the
// exchange. The errors of both are those of Authenticate. A user of a database
// without keys gets some that no client can have.
func (s *Sequence) SCRAMKeys(ctx context.Context, a pop3.Attempt, h scram.Hash) (*scram.Keys, Admit, error) {
	user, err := s.Find(ctx, a.Login)
	if err != nil {
		return nil, nil, err
	}
	if withKeys, ok := user.(SCRAMUser); ok {
		return withKeys.SCRAMKeys(ctx, a, h)
	}
	keys, err := s.verifier.SCRAMKeys(ctx, h, password.NoKeys(), a)
	if err != nil {
		return nil, nil, fmt.Errorf("users: %w", err)
	}
	return s.verifier.FalseKeys(keys, a.Login), func(bool) (*pop3.Account, error) { return nil, reject(ErrNoKeys) }, nil
}

// Lookup returns the account of a user who has proved the name without a
// password. Its errors are those of Authenticate; they wrap pop3.ErrAuth if the
// database that decides needs the password.
//
// The row must have exactly this name: a database may compare names loosely, and
// the owner of a similar name must not get this user's mail.
func (s *Sequence) Lookup(ctx context.Context, login string) (*pop3.Account, error) {
	user, err := s.Find(ctx, login)
	if err != nil {
		return nil, err
	}
	proven, ok := user.(ProvenUser)
	if !ok {
		return nil, reject(errNoProof)
	}
	account, err := proven.Account(ctx)
	if err == nil && !pop3.SameName(account.Name, login) {
		return nil, fmt.Errorf("the row is that of the user %q: %w", account.Name, pop3.ErrAuth)
	}
	return account, err
}
