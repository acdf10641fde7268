package mysql

import (
	"fmt"
	"net"
	"path/filepath"
	"strconv"
	"strings"
)

const (
	defaultPort = "3306"

	// localSocket is the path that distributions use for the socket of the server on
	// this machine.
	localSocket = "/run/mysqld/mysqld.sock"

	// localHost means that socket in MySQL's own library, and so in 0.8. An empty list
	// of servers means the same.
	localHost = "localhost"
)

// address is the address of a database server.
type address struct {
	network, address string // as for net.Dial
}

// parseServers reads a list of host, host:port, [address]:port and /path/of/socket,
// separated by commas. The name localhost with the default port is this machine's
// socket and then the port.
func parseServers(list string) ([]address, error) {
	if strings.TrimSpace(list) == "" {
		list = localSocket
	}
	var servers []address
	for text := range strings.SplitSeq(list, ",") {
		server, err := parseServer(strings.TrimSpace(text))
		if err != nil {
			return nil, fmt.Errorf("server %q: %w", text, err)
		}
		if server == (address{"tcp", net.JoinHostPort(localHost, defaultPort)}) {
			servers = append(servers, address{"unix", localSocket})
		}
		servers = append(servers, server)
	}
	return servers, nil
}

// Sockets returns the paths of the Unix sockets in a list of servers in the form of
// Options.Servers.
func Sockets(servers string) []string {
	list, err := parseServers(servers)
	if err != nil {
		return nil // New fails with such a list.
	}
	var paths []string
	for _, server := range list {
		if server.network == "unix" {
			paths = append(paths, server.address)
		}
	}
	return paths
}

func parseServer(text string) (address, error) {
	if filepath.IsAbs(text) {
		return address{"unix", filepath.Clean(text)}, nil
	}
	host, port, err := net.SplitHostPort(text)
	if net.ParseIP(text) != nil { // an IPv6 address without brackets is full of colons
		host, port = text, defaultPort
	} else if err != nil {
		// A name or [address] without a port.
		if host, port, err = net.SplitHostPort(text + ":" + defaultPort); err != nil {
			return address{}, fmt.Errorf("%q is not a host name", text)
		}
	}
	if n, err := strconv.ParseUint(port, 10, 16); err != nil || n == 0 {
		return address{}, fmt.Errorf("port %q is not a number from 1 to 65535", port)
	}
	if host == "" || net.ParseIP(host) == nil && strings.ContainsFunc(host, notInHost) {
		return address{}, fmt.Errorf("%q is not a host name", host)
	}
	return address{"tcp", net.JoinHostPort(host, port)}, nil
}

// notInHost reports whether r cannot be in a host name. The resolver decides about
// characters outside ASCII.
func notInHost(r rune) bool {
	return r <= ' ' || r == 0x7F || strings.ContainsRune(`:/\@[]()"'`, r)
}
