package proxy

import (
	"context"
	"crypto/tls"
	"fmt"
	"log/slog"
	"net"
	"net/netip"
	"time"

	"tpops/pkg/pop3"
)

// The values of Options.TLS.
const (
	TLSNo       = "no"       // all in clear
	TLSSTLS     = "stls"     // TLS begins with the command STLS (RFC 2595 §4)
	TLSImplicit = "implicit" // TLS comes first (RFC 8314 §3.3)
)

// The values of Options.Client.
const (
	ClientNone    = "none"    // the backend gets the address of this machine
	ClientXCLIENT = "xclient" // by the command XCLIENT, if the backend's greeting offers it
	ClientPROXY   = "proxy"   // by a header of the PROXY protocol, version 2, before all else
)

// Options are the parameters of a Proxy.
type Options struct {
	Servers  []string      // host:port, for accounts without their own; tried in turn
	TLS      string        // TLSNo, TLSSTLS or TLSImplicit
	CAFile   string        // with TLS: certificates to trust instead of the system's, in PEM
	Insecure bool          // with TLS: accept any certificate; for a check that the operator asks for
	Timeout  time.Duration // for the connection to one server, and for each reply or part of one
	Client   string        // how a backend gets the client's address: ClientNone, ClientXCLIENT or ClientPROXY
	Log      *slog.Logger  // nil: no log

	// Own reports whether a connection with these addresses is a connection to this
	// server; nil: never.
	Own func(local, remote netip.AddrPort) bool
}

// Proxy opens mailboxes on other servers. It does not have to be closed. Goroutines may
// share it.
type Proxy struct {
	options Options
	servers []server
	tls     *tls.Config // nil without TLS; the name of the server is missing
	absent  absent
	dial    func(ctx context.Context, network, address string) (net.Conn, error)
}

// New reads the options and the CA file, and fails if they are invalid. It does not
// connect yet.
func New(o Options) (*Proxy, error) {
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	if o.Own == nil {
		o.Own = func(_, _ netip.AddrPort) bool { return false }
	}
	p := &Proxy{options: o, absent: absent{until: make(map[server]time.Time)}}
	p.dial = (&net.Dialer{Timeout: o.Timeout}).DialContext
	for _, text := range o.Servers {
		s, err := parseServer(text)
		if err != nil {
			return nil, fmt.Errorf("pop-server: %w", err)
		}
		p.servers = append(p.servers, s)
	}
	var err error
	if o.TLS != TLSNo {
		p.tls, err = tlsConfig(o.CAFile, o.Insecure)
	}
	return p, err
}

// Open implements pop3.Opener: it logs in on the account's own servers, or those of the
// options, with the client's password. If the backend refuses, the error is a *pop3.Error
// with the backend's text and code, and also pop3.ErrAuth or pop3.ErrLocked if it means
// that. pop3.ErrPermanent means a loop of proxies, or an account with invalid servers. Any
// other error is a fault of the backend. The mailbox is also a pop3.Topper and a
// pop3.Remote.
func (p *Proxy) Open(ctx context.Context, account *pop3.Account, client *pop3.Client) (pop3.Mailbox, error) {
	m, err := p.open(ctx, account, client)
	if err != nil {
		return nil, fmt.Errorf("proxy: %w", err)
	}
	return m, nil
}

func (p *Proxy) open(ctx context.Context, account *pop3.Account, client *pop3.Client) (*mailbox, error) {
	if err := checkCredentials(account.Name, client.Password); err != nil {
		return nil, err
	}
	if client.Hops >= pop3.MaxHops-1 {
		return nil, fmt.Errorf("loop: the connection was passed on %d times already: %w", client.Hops, pop3.ErrPermanent)
	}
	servers, err := p.serversOf(account)
	if err != nil {
		return nil, err
	}
	c, err := p.connect(ctx, servers, client)
	if err != nil {
		return nil, err
	}
	p.warnNoXCLIENT(c, client)
	defer c.bind(ctx)()
	m, err := c.enter(account.Name, client, p.options.Client)
	if err != nil {
		c.fail(err)
		return nil, fmt.Errorf("%s: %w", c.server, err)
	}
	return m, nil
}

// serversOf returns the servers for an account.
func (p *Proxy) serversOf(account *pop3.Account) ([]server, error) {
	if account.PopServer == "" {
		return p.servers, nil
	}
	servers, err := parseServers(account.PopServer)
	if err != nil {
		return nil, fmt.Errorf("pop-server of the user: %w: %w", err, pop3.ErrPermanent)
	}
	return servers, nil
}
