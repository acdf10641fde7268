package pop3

import (
	"context"
	"net/netip"
	"time"
)

// Account describes a user that an Authenticator accepts. This
// package reads Name and what restricts the user; the rest is for the Opener.
// It is plain data and is not changed once it has been returned, so goroutines
// may share it.
type Account struct {
	Name     string // login name as the user database spells it
	Master   string // the master user who logged in in place of the user, "" if none did
	Maildrop string // absolute path of the Maildir
	UID      int    // owner of the maildrop, -1 for the process's own ids
	GID      int    // group of the owner, -1 together with UID
	Groups   []int  // further groups of the owner

	// PopServer is where the maildrop is if that is another POP server of the
	// user's own: addresses host:port separated by commas, or "".
	PopServer string

	// Unproven is set if only the Opener can check the password.
	Unproven bool

	// How the user may use POP3. The zero values restrict nothing; a session
	// looks at the first three after the password, see Admits.
	NoPOP3      bool           // not at all
	TLSOnly     bool           // only if the connection is encrypted
	Networks    []netip.Prefix // only from addresses in one of these; empty: from any
	MaxSessions int            // highest number of sessions at once, 0: no limit of the user's own; enforced by the Guard

	// LoginDelay is how long the user must wait between two logins, and Expire
	// when messages may be removed, in place of the Backend's. They only count
	// as far as they are less strict: what was announced before the login holds
	// for every user (RFC 2449 §6.5, §6.7).
	LoginDelay time.Duration // 0: the Backend's; below 0: no wait
	Expire     Expire        // "": the Backend's
}

// Attempt is one attempt to log in with a name and a password or token.
type Attempt struct {
	Login    string // as the client sent it, completed by the domain
	Password string // or a token; "" if the client does not send it

	// Known is set if the Guard knows the client (Permit.Known). An
	// Authenticator with a queue serves known clients first.
	Known bool

	// Client describes the connection, for a database that decides by it; nil if it
	// is not known. It has no password.
	Client *Client
}

// Authenticator checks a name and a password (USER and PASS, RFC 1939 §7).
// Goroutines may share it.
type Authenticator interface {
	// Authenticate returns the account, or an error that is or wraps ErrAuth
	// when name and password do not fit or the user may not log in, or
	// ErrPermanent if the password fits but the account cannot be served until
	// an administrator corrects it. Any other error means that the check was not
	// possible, and implies nothing about the password.
	Authenticate(ctx context.Context, a Attempt) (*Account, error)
}

// DigestAuthenticator checks an APOP digest (RFC 1939 §7). Goroutines may
// share it.
type DigestAuthenticator interface {
	// AuthenticateDigest returns the account if digest is the MD5 of
	// challenge (with its angle brackets) and the user's password, in
	// hexadecimal of either case. Its errors are those of
	// Authenticator.Authenticate.
	AuthenticateDigest(ctx context.Context, login, challenge, digest string) (*Account, error)
}
