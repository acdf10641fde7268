package system

import (
	"context"
	"fmt"

	"tpops/pkg/auth"
	"tpops/pkg/auth/secrets"
	"tpops/pkg/password"
	"tpops/pkg/pop3"
	"tpops/pkg/scram"
)

// PasswdAPOP is a Passwd whose users can also use APOP, CRAM-MD5 and SCRAM, with the
// passwords in apop-passwd-file. It implements auth.Database. It does not have to be
// closed. Goroutines may share it.
type PasswdAPOP struct {
	*Passwd
	file string
}

// NewPasswdAPOP returns a PasswdAPOP for the users of passwd, with the cdb file of
// tpops_passwd. It does not read the file yet; Check does.
func NewPasswdAPOP(passwd *Passwd, file string) *PasswdAPOP {
	return &PasswdAPOP{Passwd: passwd, file: file}
}

// Check returns an error if the password file cannot be read, or if all users of the
// system can read it.
func (a *PasswdAPOP) Check() error {
	if err := secrets.Check(a.file); err != nil {
		return fmt.Errorf("apop-passwd-file: %w", err)
	}
	return nil
}

// Find implements auth.Database. The User is an auth.SecretUser, auth.SCRAMUser
// and auth.ProvenUser.
func (a *PasswdAPOP) Find(_ context.Context, login string) (auth.User, error) {
	user, err := a.user(login)
	if err != nil {
		return nil, err
	}
	return apopUser{RowUser: user, login: login, file: a.file}, nil
}

// SecretReach implements auth.Ways: the file may not contain all users of the system.
func (a *PasswdAPOP) SecretReach() auth.Reach { return auth.ForSome }

// SCRAMReach is like SecretReach.
func (a *PasswdAPOP) SCRAMReach(scram.Hash) auth.Reach { return auth.ForSome }

// apopUser is a user of the system, or a login that does not exist.
type apopUser struct {
	auth.RowUser
	login, file string
}

// AuthenticateSecret implements auth.SecretUser. A user who is rejected with PASS is
// rejected with APOP too.
func (u apopUser) AuthenticateSecret(ctx context.Context, matches func(secret string) bool) (*pop3.Account, error) {
	if err := ctx.Err(); err != nil {
		return nil, fmt.Errorf("user %q: %w", u.login, err)
	}
	secret, err := u.secret()
	if err != nil {
		return nil, err
	}
	match := matches(secret)
	if u.Row != nil && secret == "" {
		return nil, u.Row.About(fmt.Errorf("%s: %w: %w", u.Kind, auth.ErrNoSecret, pop3.ErrAuth))
	}
	return u.Row.Admit(u.Kind, match)
}

// SCRAMKeys implements auth.SCRAMUser with keys derived from the password.
func (u apopUser) SCRAMKeys(ctx context.Context, a pop3.Attempt, h scram.Hash) (*scram.Keys, auth.Admit, error) {
	secret, err := u.secret()
	if err != nil {
		return nil, nil, err
	}
	user := auth.KeyUser{
		RowUser: u.RowUser, Login: u.login,
		Decoy: func(scram.Hash) password.Stored { return password.NoKeys() },
	}
	if u.Row != nil {
		// The hash in /etc/shadow cannot be used for SCRAM.
		inClear := *u.Row
		inClear.Password = password.Stored{Scheme: "PLAIN", Data: secret}
		user.Row = &inClear
	}
	return user.SCRAMKeys(ctx, a, h)
}

// secret returns the password in the clear, "" if there is no password.
func (u apopUser) secret() (string, error) {
	secret, _, err := secrets.Lookup(u.file, u.login)
	if err != nil {
		return "", fmt.Errorf("apop-passwd-file: %w", err)
	}
	return secret, nil
}
