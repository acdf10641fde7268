package auth

import (
	"context"
	"errors"
	"fmt"

	"tpops/pkg/auth/secrets"
	"tpops/pkg/pop3"
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
func (a *PasswdAPOP) candidate(ctx context.Context, login string) (*candidate, error) {
	found, err := a.passwd.candidate(ctx, login)
	if err != nil {
		return nil, err
	}
	found.secret = func(fits func(string) bool) (*pop3.Account, error) { return a.admit(login, fits) }
	return found, nil
}

// admit decides by login's password for APOP.
func (a *PasswdAPOP) admit(login string, fits func(secret string) bool) (*pop3.Account, error) {
	password, known, err := secrets.Lookup(a.file, login)
	if err != nil {
		return nil, fmt.Errorf("apop-passwd-file: %w", err)
	}
	row, _, err := a.passwd.find(login)
	if err != nil {
		return nil, err
	}
	fit := fits(password)
	if row != nil && (!known || password == "") {
		return nil, fmt.Errorf("passwd: %w: %w", errNoSecret, pop3.ErrAuth)
	}
	return row.admit("passwd", fit)
}

// errNoSecret keeps those out whose password is not in the clear.
var errNoSecret = errors.New("no password for APOP")
