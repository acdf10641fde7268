package main

import (
	"errors"
	"fmt"
	"log/slog"
	"net"
	"os"

	"tpops/pkg/pop3"
	"tpops/pkg/sd"
)

// listener is a listening socket, and what sessions have to know of it.
type listener struct {
	net.Listener
	port pop3.Port
}

// listeners returns the sockets that systemd passed, or else opens the ports.
func (p *program) listeners() ([]listener, error) {
	var all []listener
	for _, socket := range p.passed(sd.Listening) {
		l, err := socket.Listener()
		if err != nil {
			return nil, err
		}
		all = append(all, listener{l, portOf(&socket)})
	}
	if len(all) == 0 {
		return p.listen()
	}
	p.comparePorts(all)
	return all, nil
}

// listen opens the ports of the parameters.
func (p *program) listen() ([]listener, error) {
	plain, err := listen(p.config.Run.Port, pop3.Port{})
	if err != nil {
		return nil, err
	}
	if p.config.TLS.Port == "" {
		return []listener{plain}, nil
	}
	implicit, err := listen(p.config.TLS.Port, pop3.Port{TLS: true})
	if err != nil {
		return nil, errors.Join(err, plain.Close())
	}
	return []listener{plain, implicit}, nil
}

func listen(address string, port pop3.Port) (listener, error) {
	l, err := net.Listen("tcp", address)
	if errors.Is(err, os.ErrPermission) {
		err = fmt.Errorf("%w; under systemd, enable tpops.socket", err)
	}
	return listener{l, port}, err
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

// comparePorts tells the log when a parameter names another port than those
// that systemd passed, which alone are served.
func (p *program) comparePorts(all []listener) {
	for _, address := range []string{p.config.Run.Port, p.config.TLS.Port} {
		if address == "" || address == defaultPort || isServed(address, all) {
			continue
		}
		p.logger.Warn("port ignored", slog.String("port", address),
			slog.String("reason", "systemd passed other sockets"))
	}
}

// isServed reports whether one of the listeners has the address.
func isServed(address string, all []listener) bool {
	host, port, _ := net.SplitHostPort(address)
	for _, l := range all {
		tcp, ok := l.Addr().(*net.TCPAddr)
		if ok && fmt.Sprint(tcp.Port) == port && (host == "" || tcp.IP.Equal(net.ParseIP(host))) {
			return true
		}
	}
	return false
}
