package main

import (
	"errors"
	"fmt"
	"log/slog"
	"net"
	"os"
	"time"

	"tpops/pkg/sd"
)

// listener is a listening socket, and whether TLS comes first on it.
type listener struct {
	net.Listener
	tls bool
}

// listeners returns the sockets that systemd passed, or else opens the port.
func (p *program) listeners() ([]listener, error) {
	var all []listener
	for _, socket := range p.passed(sd.Listening) {
		l, err := socket.Listener()
		if err != nil {
			return nil, err
		}
		all = append(all, listener{l, socket.ImplicitTLS()})
	}
	if len(all) == 0 {
		l, err := net.Listen("tcp", p.config.Port)
		if errors.Is(err, os.ErrPermission) {
			return nil, fmt.Errorf("%w; under systemd, enable tpops.socket", err)
		}
		if err != nil {
			return nil, err
		}
		return []listener{{l, false}}, nil
	}
	p.comparePort(all)
	return all, nil
}

// passed returns what systemd passed of one kind.
func (p *program) passed(kind sd.Kind) []sd.Socket {
	var some []sd.Socket
	for _, socket := range p.sockets {
		if socket.Kind == kind {
			some = append(some, socket)
		}
	}
	return some
}

// defaultPort is what the parameter port is unless somebody sets it.
const defaultPort = ":110"

// comparePort tells the log when the parameter port names another one than
// those that systemd passed, which alone are served.
func (p *program) comparePort(all []listener) {
	if p.config.Port == defaultPort {
		return
	}
	host, port, _ := net.SplitHostPort(p.config.Port)
	for _, l := range all {
		tcp, ok := l.Addr().(*net.TCPAddr)
		if ok && fmt.Sprint(tcp.Port) == port && (host == "" || tcp.IP.Equal(net.ParseIP(host))) {
			return
		}
	}
	p.logger.Warn("port has no effect", slog.String("port", p.config.Port),
		slog.String("reason", "systemd passed other sockets"))
}

// accept serves a listener until it is closed.
func (p *program) accept(l listener) error {
	if !l.tls {
		return p.server.Serve(l)
	}
	// Nothing may be said in clear where a client expects TLS.
	p.logger.Error("TLS is not configured", slog.String("address", l.Addr().String()))
	for {
		conn, err := l.Accept()
		switch {
		case errors.Is(err, net.ErrClosed):
			return nil
		case err != nil:
			time.Sleep(time.Second) // As for descriptors, of which there are none at the moment.
		default:
			_ = conn.Close() // There is nothing to say to the client.
		}
	}
}
