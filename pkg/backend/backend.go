// Package backend opens what sessions are served with, as the configuration says: user
// databases, mailboxes, certificates, mechanisms of SASL and limits.
package backend

import (
	"errors"
	"log/slog"
	"net/netip"
	"slices"
	"strings"
	"time"

	"tpops/pkg/auth"
	"tpops/pkg/auth/passwdfile"
	"tpops/pkg/backend/loginhook"
	"tpops/pkg/backend/mechanisms"
	"tpops/pkg/backend/scramstate"
	"tpops/pkg/backend/userdb"
	"tpops/pkg/certs"
	"tpops/pkg/config"
	"tpops/pkg/guard"
	"tpops/pkg/hook"
	"tpops/pkg/password"
	"tpops/pkg/pop3"
)

// Environment is what backends need from the process that opens them. It is the same
// for all backends of a process.
type Environment struct {
	Implementation string // name and version of the server, for CAPA
	Log            *slog.Logger
	Verifier       *password.Verifier
	PAM            *userdb.PAM
	Guard          *guard.Memory    // nil where one process serves one connection
	Hook           *hook.Helper     // nil without login-hook
	Listening      []netip.AddrPort // the addresses at which clients arrive over IP
	Users          userdb.Shared    // rows of passwd-file that processes share
	Kept           Kept             // nothing unless this process serves all sessions

	LastCertificates []byte // those of the parent of a Child, see OpenCertificates

	// Background tests in the background whether databases answer; see
	// userdb.Environment.
	Background func(func())
	// OneOfMany is set if the process serves only a part of the connections; see
	// mechanisms.OpenTokens.
	OneOfMany bool
	// Child is set if another process logs what happens to the files of certificates.
	Child bool
}

// Backend is a pop3.Backend, and what was opened for it.
type Backend struct {
	*pop3.Backend
	Certificates *certs.Store         // nil without TLS
	Problems     []passwdfile.Problem // lines of passwd-file that are ignored
	Users        *userdb.Databases    // closed by Release
}

// NewVerifier returns the Verifier of a process. The guard's memory may be nil.
func NewVerifier(state *scramstate.State, memory *guard.Memory) *password.Verifier {
	v := password.NewVerifier()
	if state.Salts != nil {
		v.TakeSalts(state.Salts)
	}
	if state.Seen != nil {
		v.KeepSeen(state.Seen)
	}
	if memory != nil {
		v.Share(memory)
	}
	return v
}

// Open opens the backend of a configuration. The error has each file that cannot be
// used, and each parameter that contradicts another one. Whoever serves sessions with
// the backend calls its Release afterwards.
func Open(c *config.Config, env *Environment) (*Backend, error) {
	b := &Backend{Backend: parameters(c, env)}
	certificates, err := openCertificates(c, env)
	if certificates != nil {
		b.TLS, b.Certificates = certificates.Config(), certificates
	}
	open := b.openMaildirs
	if c.Mailbox.Type == "proxy" {
		open = b.openProxy
	}
	if err := errors.Join(err, open(c, env)); err != nil {
		b.Release()
		return nil, err
	}
	return b, nil
}

// lockTakeover returns after how much silence a session ends for another login, 0 for never:
// without a lock a session is in the way of no other.
func lockTakeover(c *config.Config) time.Duration {
	if !c.Mailbox.Lock {
		return 0
	}
	return c.Mailbox.LockTakeover
}

// parameters returns a backend without users and mailboxes.
func parameters(c *config.Config, env *Environment) *pop3.Backend {
	b := &pop3.Backend{
		ProxyFrom:          c.Protocol.ProxyProtocolFrom,
		XCLIENTFrom:        c.Protocol.XCLIENTFrom,
		Hostname:           c.Protocol.Hostname,
		Names:              pop3.Names{Domain: c.Protocol.Domain, Lower: c.Protocol.LoginCase == "lower"},
		Implementation:     env.Implementation,
		CommandTimeout:     c.Protocol.CommandTimeout,
		ConnectionKeepTime: c.Protocol.ConnectionKeepTime,
		LoginTime:          c.Limits.LoginTime,
		ErrorInterval:      c.Protocol.ErrorInterval,
		DelayAll:           c.Protocol.ErrorIntervalFor == "all",
		Debug:              c.Run.Debug,
		LockTakeover:       lockTakeover(c),
		LoginDelay:         c.Protocol.LoginDelay,
		Expire:             pop3.Expire(strings.ToUpper(c.Protocol.Expire)),
		LogMessages:        c.Log.Messages,
		ClearLogin:         c.MayLogInClear,
		LoggedIn:           loginhook.LoggedIn(c, env.Hook),
		Release:            func() {},
	}
	if env.Guard != nil {
		b.Guard = env.Guard.With(Limits(c))
	}
	return b
}

// openMaildirs opens the user databases, and has sessions open Maildirs.
func (b *Backend) openMaildirs(c *config.Config, env *Environment) error {
	b.Open = OpenMaildir(c, env.Log, env.Kept)
	users, err := userdb.Open(c, env.forUsers())
	tokens, tokensErr := mechanisms.OpenTokens(c, env.OneOfMany, env.Log)
	if users == nil {
		return errors.Join(err, tokensErr)
	}
	b.release(users)
	all := auth.NewSequence(env.Verifier, users.All...)
	b.Authenticator = authenticator(c, env, all)
	b.Digest = all
	b.ForDigest = func() bool { return all.SecretReach() >= requiredForAPOP(c) }
	b.PerUser = userdb.HasVirtualUsers(c) // Rows may contain settings.
	forMechanisms := mechanisms.Users{Passwords: b.Authenticator, Databases: all, Tokens: tokens}
	if users.Dovecot != nil && len(users.All) == 1 {
		forMechanisms.Relay = users.Dovecot
	}
	b.Mechanisms, err = mechanisms.Offered(c, forMechanisms)
	return errors.Join(err, tokensErr)
}

// forUsers returns what the user databases need.
func (e *Environment) forUsers() *userdb.Environment {
	return &userdb.Environment{Verifier: e.Verifier, PAM: e.PAM, Log: e.Log, Users: e.Users, Background: e.Background}
}

// release closes the users when the backend is released.
func (b *Backend) release(users *userdb.Databases) {
	b.Release, b.Problems, b.Users = users.Close, users.Problems, users
}

// authenticator returns what compares passwords. APOP and the mechanisms of SASL do
// not use the cache where the client sends no password: each answer is for another
// challenge.
func authenticator(c *config.Config, env *Environment, users *auth.Sequence) pop3.Authenticator {
	if c.Users.Cache <= 0 {
		return users
	}
	return auth.NewCache(auth.CacheOptions{
		Users: users, Time: c.Users.Cache, Stale: c.Users.CacheStale, Size: c.Users.CacheSize, Log: env.Log,
		PerClient: slices.Contains(c.Users.AuthType, "dovecot"),
	})
}

// requiredForAPOP returns for how many users APOP must work to be offered. Most
// clients that find it in the greeting use it and try no other way, so that other
// users could not log in. An operator who sets apop-passwd-file wants APOP, as in
// 0.8.
func requiredForAPOP(c *config.Config) auth.Reach {
	if c.Users.APOPPasswdFile != "" {
		return auth.ForSome
	}
	return auth.ForAll
}
