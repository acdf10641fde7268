package main

import (
	"context"
	"net"
	"net/netip"

	"tpops/pkg/config"
	"tpops/pkg/pop3"
	"tpops/pkg/proxy"
)

// setProxy makes b a proxy before other servers. These decide about passwords,
// so that the user database says only where a user's mail is.
func (p *program) setProxy(b *pop3.Backend, c *config.Config) error {
	mailboxes, err := proxy.New(proxy.Options{
		Servers: c.Proxy.Server,
		TLS:     c.Proxy.TLS,
		CAFile:  c.Proxy.TLSCA,
		Timeout: c.Proxy.Timeout,
		Client:  c.Proxy.Client,
		Log:     p.logger,
		Own:     p.isOwn,
	})
	if err != nil {
		return err
	}
	b.Open = mailboxes.Open
	users, err := p.openLocators(c)
	if err != nil {
		return err
	}
	p.release(users, b)
	b.Authenticator = &proxyUsers{users.locators()}
	return p.setMechanisms(b, c, nil) // Only a password can be passed on.
}

// locator is a user database that finds users without comparing passwords: nil
// if there is no such user. Its errors are those of Authenticate.
type locator interface {
	Locate(ctx context.Context, login string) (*pop3.Account, error)
}

// proxyUsers accepts every user for the attempt to log in at another server,
// except those whom a user database rejects.
type proxyUsers struct {
	databases []locator // in the order in which they are asked
}

// Authenticate returns the account of the login. A user in no database belongs to
// the servers of pop-server.
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

// isOwn reports whether a connection with these two ends has arrived at a
// listening socket of this daemon.
func (p *program) isOwn(local, remote netip.AddrPort) bool {
	for _, own := range p.listening {
		here := own.Addr() == remote.Addr() ||
			own.Addr().IsUnspecified() && (local.Addr() == remote.Addr() || remote.Addr().IsLoopback())
		if here && own.Port() == remote.Port() {
			return true
		}
	}
	return false
}

// addresses returns those of the listeners that are reached over IP.
func addresses(listeners []listener) []netip.AddrPort {
	var all []netip.AddrPort
	for _, l := range listeners {
		if tcp, ok := l.Addr().(*net.TCPAddr); ok {
			a := tcp.AddrPort()
			all = append(all, netip.AddrPortFrom(a.Addr().Unmap(), a.Port()))
		}
	}
	return all
}
