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
	users, err := p.openFinders(c)
	if err != nil {
		return err
	}
	p.release(users, b)
	b.Authenticator = &elsewhere{users.finders()}
	return p.setMechanisms(b, c, nil) // Only a password can be passed on.
}

// finder is a user database that finds users without their passwords: nil if
// there is no such user. Its errors are those of Authenticate.
type finder interface {
	Find(ctx context.Context, login string) (*pop3.Account, error)
}

// elsewhere lets everybody try at another server, but for those whom a user
// database keeps out.
type elsewhere struct {
	users []finder // to be asked in turn; whom none knows the servers of the parameters serve
}

// Authenticate returns the account of login. Who is in no database may be known
// to the other server.
func (e *elsewhere) Authenticate(ctx context.Context, login, _ string) (*pop3.Account, error) {
	account := pop3.Account{Name: login, UID: -1, GID: -1}
	for _, users := range e.users {
		found, err := users.Find(ctx, login)
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
