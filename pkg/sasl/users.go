package sasl

import (
	"context"

	"tpops/pkg/pop3"
	"tpops/pkg/scram"
)

// Users is what the mechanisms have of a user database. A mechanism for which
// nothing is here is not offered. Its members are for goroutines to share.
type Users struct {
	Passwords pop3.Authenticator // PLAIN and LOGIN
	Secrets   SecretUsers        // CRAM-MD5
	SCRAM     SCRAMUsers
	Accounts  AccountUsers // EXTERNAL, OAUTHBEARER and XOAUTH2
	Tokens    TokenChecker // OAUTHBEARER and XOAUTH2

	// ForSecrets and ForSCRAM report whether CRAM-MD5 and SCRAM are to be
	// offered at present; nil: always.
	ForSecrets func() bool
	ForSCRAM   func(scram.Hash) bool

	// AnyNames also accepts proven names with spaces and letters outside ASCII.
	// Control characters and invalid UTF-8 are always refused.
	AnyNames bool

	Hostname string // in the challenge of CRAM-MD5; legal in a Message-ID
	Scope    string // that tokens must have, for the client's information; or ""
}

// SecretUsers knows passwords in the clear.
type SecretUsers interface {
	// AuthenticateSecret calls fits, which reports whether a password is the
	// one that the client has, also for users that do not exist. Its errors
	// are those of pop3.Authenticator.
	AuthenticateSecret(ctx context.Context, login string, fits func(secret string) bool) (*pop3.Account, error)
}

// SCRAMUsers knows keys of passwords.
type SCRAMUsers interface {
	// SCRAMKeys returns keys, for users that do not exist too, and admit,
	// which decides once the client has proved or not that it has the
	// password. The errors of both are those of pop3.Authenticator, but an
	// unknown user is known to admit alone.
	SCRAMKeys(ctx context.Context, a pop3.Attempt, h scram.Hash) (
		keys *scram.Keys, admit func(proved bool) (*pop3.Account, error), err error)
}

// AccountUsers knows who may log in.
type AccountUsers interface {
	// Lookup returns the account of a user who has been authenticated already.
	// The account has exactly this name (pop3.SameName). Its errors are those of
	// pop3.Authenticator.
	Lookup(ctx context.Context, login string) (*pop3.Account, error)
}

// TokenChecker checks bearer tokens of OAuth 2.0 (RFC 6750).
type TokenChecker interface {
	// CheckToken returns the login name for which a token was issued. An error
	// that is or wraps pop3.ErrAuth says that the token is not good; any other
	// that this could not be found out. Neither has the token in it.
	CheckToken(ctx context.Context, token string) (login string, err error)
}
