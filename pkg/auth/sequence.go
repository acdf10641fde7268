package auth

import (
	"context"
	"hash/maphash"

	"tpops/pkg/pop3"
)

// Sequence asks several databases of users in turn, and the first one that
// knows a user decides: a password that is wrong there, or an account that is
// closed there, is not tried in the next, where the name may be another
// person's. One that cannot be asked ends the search for the same reason.
//
// It implements pop3.Authenticator and pop3.DigestAuthenticator. Goroutines
// may share it. It closes none of its databases.
type Sequence struct {
	databases []Database
	seed      maphash.Seed
}

// NewSequence returns a Sequence of at least one database.
func NewSequence(databases ...Database) *Sequence {
	return &Sequence{databases: databases, seed: maphash.MakeSeed()}
}

// Authenticate implements pop3.Authenticator. Its errors are those of the
// database that decides. One password is compared, whether there is such a
// user or not.
func (s *Sequence) Authenticate(ctx context.Context, login, password string) (*pop3.Account, error) {
	if len(s.databases) == 1 {
		return s.databases[0].Authenticate(ctx, login, password) // PAM is spared a question.
	}
	return authenticate(ctx, s, login, password)
}

// AuthenticateDigest implements pop3.DigestAuthenticator. Its errors are those
// of the database that decides; where that has no password for APOP they wrap
// pop3.ErrAuth.
func (s *Sequence) AuthenticateDigest(ctx context.Context, login, challenge, digest string) (*pop3.Account, error) {
	return authenticateDigest(ctx, s, login, challenge, digest)
}

// candidate returns the first one that is known. For a login that none of the
// databases knows, one of them takes the time of a comparison; one login always
// gets the same, and which one cannot be known from outside.
func (s *Sequence) candidate(ctx context.Context, login string) (*candidate, error) {
	unknown := make([]*candidate, len(s.databases))
	for i, d := range s.databases {
		found, err := d.candidate(ctx, login)
		if err != nil || found.known {
			return found, err
		}
		unknown[i] = found
	}
	return unknown[maphash.String(s.seed, login)%uint64(len(unknown))], nil
}
