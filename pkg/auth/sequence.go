package auth

import (
	"context"

	"tpops/pkg/password"
	"tpops/pkg/pop3"
	"tpops/pkg/scram"
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
	verifier  *password.Verifier
}

// NewSequence returns a Sequence of at least one database. The Verifier is the
// process's.
func NewSequence(v *password.Verifier, databases ...Database) *Sequence {
	return &Sequence{databases: databases, verifier: v}
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

// AuthenticateSecret is for methods that need the password itself: fits reports
// whether it is the one that the client has, and is called for users without
// one too. Its errors are those of Authenticate.
func (s *Sequence) AuthenticateSecret(ctx context.Context, login string, fits func(secret string) bool) (*pop3.Account, error) {
	return authenticateSecret(ctx, s, login, fits)
}

// SCRAMKeys returns keys for SCRAM and what decides after it. Its errors are
// those of Authenticate.
func (s *Sequence) SCRAMKeys(ctx context.Context, login string, h scram.Hash) (*scram.Keys, Admit, error) {
	return scramKeys(ctx, s.verifier, s, login, h)
}

// Lookup returns the account of a user who has proved without a password to be
// the one. Its errors are those of Authenticate; where the database that decides
// says nothing without the password they wrap pop3.ErrAuth.
func (s *Sequence) Lookup(ctx context.Context, login string) (*pop3.Account, error) {
	return lookup(ctx, s, login)
}

// SecretReach returns for how many users the password itself is known.
func (s *Sequence) SecretReach() Reach { return s.reach(Database.SecretReach) }

// SCRAMReach returns how many users can use SCRAM with a hash function.
func (s *Sequence) SCRAMReach(h scram.Hash) Reach {
	return s.reach(func(d Database) Reach { return d.SCRAMReach(h) })
}

// LookupReach returns how many users Lookup can find.
func (s *Sequence) LookupReach() Reach { return s.reach(Database.LookupReach) }

// reach returns what the databases have in common.
func (s *Sequence) reach(of func(Database) Reach) Reach {
	all := of(s.databases[0])
	for _, d := range s.databases[1:] {
		if of(d) != all {
			return ForSome
		}
	}
	return all
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
	return unknown[s.verifier.Pick(login, len(unknown))], nil
}
