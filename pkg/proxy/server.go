package proxy

import (
	"errors"
	"fmt"
	"net"
	"net/netip"
	"strconv"
	"strings"
)

// defaultPort is that of POP3 (RFC 1939 §3).
const defaultPort = "110"

// maxServers bounds the list of one user, who waits for all of them to fail.
const maxServers = 16

// server is where a backend may listen.
type server struct {
	host string // name or IP address
	port string
}

// String returns host:port.
func (s server) String() string { return net.JoinHostPort(s.host, s.port) }

// parseServers reads a list of servers separated by commas, as a user database
// has it.
func parseServers(list string) ([]server, error) {
	var servers []server
	for text := range strings.SplitSeq(list, ",") {
		s, err := parseServer(strings.TrimSpace(text))
		if err != nil {
			return nil, err
		}
		if servers = append(servers, s); len(servers) > maxServers {
			return nil, fmt.Errorf("more than %d servers", maxServers)
		}
	}
	return servers, nil
}

// parseServer reads host, host:port, [IPv6 address] or [IPv6 address]:port.
func parseServer(text string) (server, error) {
	s := server{text, defaultPort}
	if bare, ok := strings.CutPrefix(text, "["); ok && strings.HasSuffix(bare, "]") {
		s.host = strings.TrimSuffix(bare, "]")
	} else if host, port, err := net.SplitHostPort(text); err == nil {
		s = server{host, port}
	}
	if n, err := strconv.ParseUint(s.port, 10, 16); err != nil || n == 0 {
		return server{}, fmt.Errorf("%.100q has no port from 1 to 65535", text)
	}
	if addr, err := netip.ParseAddr(s.host); err == nil && addr.Zone() == "" {
		return s, nil
	}
	if err := checkHost(s.host); err != nil {
		return server{}, fmt.Errorf("%.100q: %w", text, err)
	}
	return s, nil
}

// checkHost says why a name is no host's.
func checkHost(name string) error {
	const most = 255 // RFC 1035 §2.3.4
	other := strings.ContainsFunc(name, func(r rune) bool {
		return !('a' <= r && r <= 'z' || 'A' <= r && r <= 'Z' || '0' <= r && r <= '9' || strings.ContainsRune("-_.", r))
	})
	if name == "" || len(name) > most || other || strings.ContainsAny(name[:1], "-.") {
		return errors.New("no host name or IP address")
	}
	return nil
}
