package auth

import (
	"context"
	"errors"
	"fmt"

	"tpops/pkg/auth/secrets"
	"tpops/pkg/password"
	"tpops/pkg/pop3"
	"tpops/pkg/scram"
)

// PasswdAPOP is a Passwd whose users can use APOP too, with the passwords of
// apop-passwd-file. It implements pop3.Authenticator and
// pop3.DigestAuthenticator. Goroutines may share it; nobody has to close it.
type PasswdAPOP struct {
	passwd *Passwd
	file   string
}

// NewPasswdAPOP returns a PasswdAPOP for the users of passwd, with the cdb
// file that tpops_passwd writes. It reads no file yet; Check does.
func NewPasswdAPOP(passwd *Passwd, file string) *PasswdAPOP {
	return &PasswdAPOP{passwd: passwd, file: file}
}

// Check returns an error if the file of passwords cannot be read, or can be
// read by all users.
func (a *PasswdAPOP) Check() error {
	if err := secrets.Check(a.file); err != nil {
		return fmt.Errorf("apop-passwd-file: %w", err)
	}
	return nil
}

// Authenticate implements pop3.Authenticator as the Passwd does.
func (a *PasswdAPOP) Authenticate(ctx context.Context, login, password string) (*pop3.Account, error) {
	return a.passwd.Authenticate(ctx, login, password)
}

// AuthenticateDigest implements pop3.DigestAuthenticator. Its errors are those
// of Passwd.Authenticate: whoever may not log in with PASS may not with APOP.
func (a *PasswdAPOP) AuthenticateDigest(ctx context.Context, login, challenge, digest string) (*pop3.Account, error) {
	if err := ctx.Err(); err != nil {
		return nil, fmt.Errorf("user %q: %w", login, err)
	}
	return authenticateDigest(ctx, a, login, challenge, digest)
}

// candidate implements Database.
func (a *PasswdAPOP) candidate(_ context.Context, login string) (*candidate, error) {
	row, hash, err := a.passwd.find(login)
	if err != nil {
		return nil, err
	}
	found := rowCandidate(a.passwd.config.Verifier, "passwd", row, hash, false)
	found.secret = func(fits func(string) bool) (*pop3.Account, error) { return a.admit(row, login, fits) }
	found.keys = func(ctx context.Context, h scram.Hash) (*scram.Keys, Admit, error) { return a.keys(ctx, row, login, h) }
	return found, nil
}

// admit decides by the password for APOP of a row, which is nil for a login that
// nobody has.
func (a *PasswdAPOP) admit(row *userRow, login string, fits func(secret string) bool) (*pop3.Account, error) {
	password, err := a.password(login)
	if err != nil {
		return nil, err
	}
	fit := fits(password)
	if row != nil && password == "" {
		return nil, row.about(fmt.Errorf("passwd: %w: %w", errNoSecret, pop3.ErrAuth))
	}
	return row.admit("passwd", fit)
}

// keys returns keys for SCRAM, made from the password.
func (a *PasswdAPOP) keys(ctx context.Context, row *userRow, login string, h scram.Hash) (*scram.Keys, Admit, error) {
	secret, err := a.password(login)
	if err != nil {
		return nil, nil, err
	}
	if row != nil {
		// What /etc/shadow has is of no use here.
		inClear := *row
		inClear.password = password.Stored{Scheme: "PLAIN", Data: secret}
		row = &inClear
	}
	return row.scram(ctx, a.passwd.config.Verifier, "passwd", h, login, password.NoKeys())
}

// password returns the password in the clear, "" if there is none.
func (a *PasswdAPOP) password(login string) (string, error) {
	password, _, err := secrets.Lookup(a.file, login)
	if err != nil {
		return "", fmt.Errorf("apop-passwd-file: %w", err)
	}
	return password, nil
}

// SecretReach and SCRAMReach return for whom the file has a password: whether
// it has all of the system's users is not known.
func (a *PasswdAPOP) SecretReach() Reach { return ForSome }

// SCRAMReach is like SecretReach.
func (a *PasswdAPOP) SCRAMReach(scram.Hash) Reach { return ForSome }

// LookupReach returns ForAll: a row says all but the password.
func (a *PasswdAPOP) LookupReach() Reach { return ForAll }

// errNoSecret keeps those out whose password is not in the clear.
var errNoSecret = errors.New("no password for APOP")
