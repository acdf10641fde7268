package sasl

import (
	"context"

	"tpops/pkg/pop3"
	"tpops/pkg/scram"
)

// Users is the user database of the mechanisms. A mechanism is not offered if the field
// for it is nil. Goroutines share the values of the fields.
type Users struct {
	Passwords pop3.Authenticator // PLAIN and LOGIN
	Secrets   SecretUsers        // CRAM-MD5
	SCRAM     SCRAMUsers
	Accounts  AccountUsers // EXTERNAL, OAUTHBEARER and XOAUTH2
	Tokens    TokenChecker // OAUTHBEARER and XOAUTH2

	// ForSecrets and ForSCRAM report whether to offer CRAM-MD5 and SCRAM now; nil:
	// always.
	ForSecrets func() bool
	ForSCRAM   func(scram.Hash) bool

	// AnyNames also accepts proven names with spaces and letters outside ASCII.
	// Control characters and invalid UTF-8 are always refused.
	AnyNames bool

	Hostname string // in the challenge of CRAM-MD5; legal in a Message-ID
	Scope    string // that tokens must have, for the client's information; or ""
}

// SecretUsers has passwords in the clear.
type SecretUsers interface {
	// AuthenticateSecret calls fits, which reports whether a password is the
	// one that the client has, also for users that do not exist. Its errors
	// are those of pop3.Authenticator.
	AuthenticateSecret(ctx context.Context, login string, fits func(secret string) bool) (*pop3.Account, error)
}

// SCRAMUsers has keys for SCRAM.
type SCRAMUsers interface {
	// SCRAMKeys returns keys, also for users that do not exist, and admit, which
	// decides after the client's proof. The errors of both are those of
	// pop3.Authenticator, but only admit rejects an unknown user.
	SCRAMKeys(ctx context.Context, a pop3.Attempt, h scram.Hash) (
		keys *scram.Keys, admit func(proved bool) (*pop3.Account, error), err error)
}

// AccountUsers has accounts.
type AccountUsers interface {
	// Lookup returns the account of a user who has been authenticated already.
	// The account has exactly this name (pop3.SameName). Its errors are those of
	// pop3.Authenticator.
	Lookup(ctx context.Context, login string) (*pop3.Account, error)
}

// TokenChecker checks bearer tokens of OAuth 2.0 (RFC 6750).
type TokenChecker interface {
	// CheckToken returns the login name for which a token was issued. An error that is
	// or wraps pop3.ErrAuth rejects the token. Any other error means that the check was
	// not possible. No error contains the token.
	CheckToken(ctx context.Context, token string) (login string, err error)
}
