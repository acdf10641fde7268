package proxy

import (
	"context"
	"net"
)

// DialWith makes p connect with dial, so that tests need no network and no time.
func (p *Proxy) DialWith(dial func(ctx context.Context, network, address string) (net.Conn, error)) {
	p.dial = dial
}
