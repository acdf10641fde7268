package proxy

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/netip"
	"os"

	"tpops/pkg/pop3"
)

// tlsConfig trusts the certificates of a file, or else those of the system.
func tlsConfig(file string) (*tls.Config, error) {
	config := &tls.Config{MinVersion: tls.VersionTLS12}
	var err error
	if file == "" {
		// Now, while nothing keeps the process from reading them.
		if config.RootCAs, err = x509.SystemCertPool(); err != nil {
			return nil, fmt.Errorf("certificates of the system: %w", err)
		}
		return config, nil
	}
	pem, err := os.ReadFile(file)
	if err != nil {
		return nil, fmt.Errorf("pop-server-tls-ca: %w", err)
	}
	config.RootCAs = x509.NewCertPool()
	if !config.RootCAs.AppendCertsFromPEM(pem) {
		return nil, fmt.Errorf("pop-server-tls-ca: %s: no certificate in PEM", file)
	}
	return config, nil
}

// connect returns a connection to the first of the servers that can be reached
// and greets. Those that could not be a short while ago come last.
func (p *Proxy) connect(ctx context.Context, servers []server, client *pop3.Client) (*conn, error) {
	var failed error
	for _, s := range p.absent.order(servers) {
		c, err := p.reach(ctx, s, client)
		if err == nil {
			p.absent.reached(s)
			return c, nil
		}
		err = fmt.Errorf("%s: %w", s, err)
		if failed == nil {
			failed = err
		} else {
			failed = fmt.Errorf("%w; %w", failed, err)
		}
		if ctx.Err() != nil || errors.Is(err, pop3.ErrPermanent) {
			break
		}
		if p.absent.failed(s) {
			p.options.Log.Warn("POP server not reached", slog.String("server", s.String()), slog.Any("error", err))
		}
	}
	return nil, failed
}

// reach connects to one server, at any of its addresses.
func (p *Proxy) reach(ctx context.Context, s server, client *pop3.Client) (*conn, error) {
	dialer := net.Dialer{Timeout: p.options.Timeout}
	tcp, err := dialer.DialContext(ctx, "tcp", s.String())
	if err != nil {
		return nil, err
	}
	c := newConn(tcp, s, p.options.Timeout, client.Password)
	defer c.bind(ctx)()
	err = p.checkLoop(tcp, client)
	if err == nil {
		err = p.greet(c, client)
	}
	if err != nil {
		_ = c.fail(err)
		return nil, err
	}
	return c, nil
}

// checkLoop refuses a connection that has arrived where it came from.
func (p *Proxy) checkLoop(tcp net.Conn, client *pop3.Client) error {
	local, remote := addrPort(tcp.LocalAddr()), addrPort(tcp.RemoteAddr())
	if remote.IsValid() && remote == client.Local || p.options.Own(local, remote) {
		return fmt.Errorf("loop: %s is this server itself: %w", remote, pop3.ErrPermanent)
	}
	return nil
}

func addrPort(addr net.Addr) netip.AddrPort {
	tcp, ok := addr.(*net.TCPAddr)
	if !ok {
		return netip.AddrPort{}
	}
	a := tcp.AddrPort()
	return netip.AddrPortFrom(a.Addr().Unmap().WithZone(""), a.Port())
}

// greet brings the connection to where commands can be sent: header, TLS and
// greeting.
func (p *Proxy) greet(c *conn, client *pop3.Client) error {
	if p.options.Client == ClientPROXY {
		header, err := proxyHeader(client)
		if err != nil {
			return err
		}
		if err := c.send(string(header)); err != nil {
			return err
		}
	}
	if p.options.TLS == TLSImplicit {
		if err := c.startTLS(p.tls); err != nil {
			return err
		}
	}
	greeting, err := c.readAnswer()
	if err != nil {
		return fmt.Errorf("greeting: %w", err)
	}
	if !greeting.ok {
		return fmt.Errorf("greeting: -ERR %s", c.show([]byte(greeting.text)))
	}
	c.offers = offersXCLIENT(greeting.text)
	if p.options.TLS == TLSSTLS {
		return c.stls(p.tls)
	}
	return nil
}

// stls begins TLS with a command (RFC 2595 §4). A backend that does not have it
// is given nothing in clear.
func (c *conn) stls(config *tls.Config) error {
	a, err := c.ask("STLS")
	if err != nil {
		return fmt.Errorf("STLS: %w", err)
	}
	if !a.ok {
		return fmt.Errorf("STLS: -ERR %s", c.show([]byte(a.text)))
	}
	if c.in.Buffered() > 0 {
		// What came in clear must not be taken for what is said under TLS.
		return fmt.Errorf("STLS: %w: more than one answer", errNonsense)
	}
	return c.startTLS(config)
}

// startTLS shakes hands, and verifies that the server is the one that was meant.
func (c *conn) startTLS(config *tls.Config) error {
	config = config.Clone()
	config.ServerName = c.server.host
	secure := tls.Client(c.Conn, config)
	if err := c.arm(); err != nil {
		return err
	}
	if err := secure.HandshakeContext(c.ctx); err != nil {
		return fmt.Errorf("TLS: %w", err)
	}
	c.talkOn(secure)
	return nil
}
