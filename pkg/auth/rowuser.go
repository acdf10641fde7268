package auth

import (
	"context"
	"fmt"

	"tpops/pkg/password"
	"tpops/pkg/pop3"
	"tpops/pkg/scram"
)

// RowUser is a User of a table whose rows contain stored passwords. It
// implements ProvenUser too.
type RowUser struct {
	Row      *Row            // nil for an unknown login
	Compare  password.Stored // what a password is compared with: of Row, or of another user if that has none
	Kind     string          // the kind of table, for the log
	Verifier *password.Verifier
}

// Found returns the row of the user, nil for an unknown login.
func (u RowUser) Found() *Row { return u.Row }

// Known implements User.
func (u RowUser) Known() bool { return u.Row != nil }

// Authenticate implements User.
func (u RowUser) Authenticate(ctx context.Context, a pop3.Attempt) (*pop3.Account, error) {
	matches, err := u.Verifier.Matches(ctx, u.Compare, a)
	// It does not matter if the password of another user cannot be compared.
	own := u.Row != nil && u.Row.Usable
	if err != nil && (own || ctx.Err() != nil) {
		return nil, fmt.Errorf("%s: %w", u.Kind, err)
	}
	return u.Row.Admit(u.Kind, matches)
}

// Account implements ProvenUser.
func (u RowUser) Account(context.Context) (*pop3.Account, error) { return u.Row.Admit(u.Kind, true) }

// reject returns the error for a login that is rejected for a reason.
func (u RowUser) reject(reason error) error { return fmt.Errorf("%s: %w", u.Kind, reject(reason)) }

// KeyUser is a RowUser that implements SCRAMUser.
type KeyUser struct {
	RowUser
	Login string
	Decoy func(h scram.Hash) password.Stored // stands in for the keys of a login without any
}

// SCRAMKeys implements SCRAMUser. The keys that stand in are as costly as those
// of another user, and the same each time: nothing shows that there is no such
// user.
func (u KeyUser) SCRAMKeys(ctx context.Context, a pop3.Attempt, h scram.Hash) (*scram.Keys, Admit, error) {
	row, stored := u.Row, u.Decoy(h)
	own := row != nil && row.Usable && row.Password.CanSCRAM(h)
	if own {
		stored = row.Password
	}
	keys, err := u.Verifier.SCRAMKeys(ctx, h, stored, pop3.Attempt{Login: u.Login, Known: a.Known})
	if err != nil {
		return nil, nil, fmt.Errorf("%s: %w", u.Kind, err)
	}
	if !own {
		keys = u.Verifier.FalseKeys(keys, u.Login)
	}
	return keys, func(proved bool) (*pop3.Account, error) {
		if row != nil && row.Usable && !own {
			return nil, row.About(u.reject(ErrNoKeys))
		}
		return row.Admit(u.Kind, own && proved)
	}, nil
}

// ClearUser is a KeyUser of a table with passwords in the clear. It implements
// SecretUser.
type ClearUser struct{ KeyUser }

// AuthenticateSecret implements SecretUser.
func (u ClearUser) AuthenticateSecret(_ context.Context, matches func(secret string) bool) (*pop3.Account, error) {
	secret, clear := u.Compare.ClearText()
	match := matches(secret)
	return u.Row.Admit(u.Kind, clear && match)
}
