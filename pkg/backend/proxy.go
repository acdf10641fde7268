package backend

import (
	"context"
	"errors"
	"net/netip"

	"tpops/pkg/backend/mechanisms"
	"tpops/pkg/backend/userdb"
	"tpops/pkg/config"
	"tpops/pkg/pop3"
	"tpops/pkg/proxy"
)

// openProxy makes b a proxy for other servers. They check the passwords, so that the
// user databases only contain where a user's mail is.
func (b *Backend) openProxy(c *config.Config, env *Environment) error {
	mailboxes, err := proxy.New(proxy.Options{
		Servers: c.Proxy.Server,
		TLS:     c.Proxy.TLS,
		CAFile:  c.Proxy.TLSCA,
		Timeout: c.Proxy.Timeout,
		Client:  c.Proxy.Client,
		Log:     env.Log,
		Own: func(local, remote netip.AddrPort) bool {
			return isOwn(env.Listening, local, remote)
		},
	})
	users, usersErr := userdb.OpenLocators(c, env.forUsers())
	if users != nil {
		b.release(users)
	}
	if err := errors.Join(err, usersErr); err != nil {
		return err
	}
	b.Open = mailboxes.Open
	b.Authenticator = &proxyUsers{users.Locators()}
	b.Mechanisms, err = mechanisms.Offered(c, mechanisms.Users{Passwords: b.Authenticator}) // Only a password can be passed on.
	return err
}

// proxyUsers accepts every user for the attempt to log in at another server, except
// those that a user database rejects.
type proxyUsers struct {
	databases []userdb.Locator // in the order in which they are asked
}

// Authenticate returns the account of login. A user in no database belongs to the
// servers of pop-server.
func (u *proxyUsers) Authenticate(ctx context.Context, a pop3.Attempt) (*pop3.Account, error) {
	account := pop3.Account{Name: a.Login, UID: -1, GID: -1}
	for _, d := range u.databases {
		found, err := d.Locate(ctx, a.Login)
		if err != nil {
			return nil, err
		}
		if found != nil {
			account = *found
			break
		}
	}
	account.Unproven = true
	return &account, nil
}

// isOwn reports whether a connection with these two ends has arrived at one of the
// addresses at which this daemon listens. A proxy that connects to itself would never
// stop.
func isOwn(listening []netip.AddrPort, local, remote netip.AddrPort) bool {
	for _, own := range listening {
		here := own.Addr() == remote.Addr() ||
			own.Addr().IsUnspecified() && (local.Addr() == remote.Addr() || remote.Addr().IsLoopback())
		if here && own.Port() == remote.Port() {
			return true
		}
	}
	return false
}
