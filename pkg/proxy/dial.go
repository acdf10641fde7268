package proxy

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/netip"

	"tpops/pkg/pop3"
)

// connect returns a connection to the first of the servers that is reachable and sends a
// greeting. It tries servers last that were unreachable a short while ago.
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
			p.options.Log.Warn("POP server unreachable", slog.String("server", s.String()), slog.Any("error", err))
		}
	}
	return nil, failed
}

// reach connects to one server, at any of its addresses.
func (p *Proxy) reach(ctx context.Context, s server, client *pop3.Client) (*conn, error) {
	tcp, err := p.dial(ctx, "tcp", s.String())
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

// checkLoop rejects a connection to this server itself.
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

// greet prepares the connection for commands: PROXY header, TLS and greeting.
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
