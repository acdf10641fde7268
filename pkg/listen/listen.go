// Package listen returns the sockets to which clients connect: those that systemd or
// inetd passed, or ports that it opens.
package listen

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/netip"
	"os"
	"slices"

	"tpops/pkg/config"
	"tpops/pkg/pop3"
	"tpops/pkg/sd"
	"tpops/pkg/workers"
)

// Open returns the listening sockets among those that systemd passed. If there are
// none, it opens the ports of the parameters. A parameter with another port than
// those that systemd passed has no effect, which is logged. The error is that of the
// system; it is os.ErrPermission for a port that needs a right. The caller closes
// the listeners.
func Open(c *config.Config, passed []sd.Socket, log *slog.Logger) ([]workers.Listener, error) {
	var all []workers.Listener
	for _, socket := range Clients(passed) {
		l, err := socket.Listener()
		if err != nil {
			return nil, err
		}
		all = append(all, workers.Listener{Listener: l, Port: portOf(&socket)})
	}
	if len(all) == 0 {
		return openPorts(c)
	}
	for _, address := range ignoredPorts(c, all) {
		log.Warn("port ignored", slog.String("port", address), slog.String("reason", "systemd passed other sockets"))
	}
	return all, nil
}

// Names of sockets that systemd passed and that are not for clients.
const (
	controlName = "control"
	metricsName = "metrics"
)

// Clients returns the listening sockets to which clients connect.
func Clients(passed []sd.Socket) []sd.Socket {
	return slices.DeleteFunc(OfKind(passed, sd.Listening), func(s sd.Socket) bool { return isControl(s) || isMetrics(s) })
}

func isControl(socket sd.Socket) bool { return socket.Name == controlName }

func isMetrics(socket sd.Socket) bool { return socket.Name == metricsName }

// OfKind returns the sockets of one kind.
func OfKind(sockets []sd.Socket, kind sd.Kind) []sd.Socket {
	var some []sd.Socket
	for _, socket := range sockets {
		if socket.Kind == kind {
			some = append(some, socket)
		}
	}
	return some
}

// Addresses returns the addresses of the listeners that are reached over IP.
func Addresses(listeners []workers.Listener) []netip.AddrPort {
	var all []netip.AddrPort
	for _, l := range listeners {
		if tcp, ok := l.Addr().(*net.TCPAddr); ok {
			a := tcp.AddrPort()
			all = append(all, netip.AddrPortFrom(a.Addr().Unmap(), a.Port()))
		}
	}
	return all
}

// portOf returns what sessions need to know about a socket that systemd or inetd
// passed.
func portOf(socket *sd.Socket) pop3.Port { return pop3.Port{TLS: socket.ImplicitTLS()} }

// openPorts opens the ports of the parameters.
func openPorts(c *config.Config) ([]workers.Listener, error) {
	plain, err := openPort(c.Run.Port, pop3.Port{})
	if err != nil {
		return nil, err
	}
	if c.TLS.Port == "" {
		return []workers.Listener{plain}, nil
	}
	implicit, err := openPort(c.TLS.Port, pop3.Port{TLS: true})
	if err != nil {
		return nil, errors.Join(err, plain.Close())
	}
	return []workers.Listener{plain, implicit}, nil
}

func openPort(address string, port pop3.Port) (workers.Listener, error) {
	// A connection of plain TCP, as from the sockets of systemd, inherits all options of
	// the listener.
	var config net.ListenConfig
	config.SetMultipathTCP(false)
	l, err := config.Listen(context.Background(), "tcp", address)
	if errors.Is(err, os.ErrPermission) {
		err = fmt.Errorf("%w; under systemd, enable tpops.socket", err)
	}
	return workers.Listener{Listener: l, Port: port}, err
}

// defaultPort is the default of the parameter port.
const defaultPort = ":110"

// ignoredPorts returns the ports of parameters at which none of the listeners
// listens. The default is not one of them: the operator has not set it.
func ignoredPorts(c *config.Config, all []workers.Listener) []string {
	var ignored []string
	for _, address := range []string{c.Run.Port, c.TLS.Port} {
		if address != "" && address != defaultPort && !isServed(address, all) {
			ignored = append(ignored, address)
		}
	}
	return ignored
}

// isServed reports whether one of the listeners has the address.
func isServed(address string, all []workers.Listener) bool {
	host, port, _ := net.SplitHostPort(address)
	for _, l := range all {
		tcp, ok := l.Addr().(*net.TCPAddr)
		if ok && fmt.Sprint(tcp.Port) == port && (host == "" || tcp.IP.Equal(net.ParseIP(host))) {
			return true
		}
	}
	return false
}
