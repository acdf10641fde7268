package proxy

import (
	"errors"
	"fmt"
	"net"
	"net/netip"
	"strconv"
	"strings"
)

// defaultPort is the port of POP3 (RFC 1939 §3).
const defaultPort = "110"

// maxServers is the longest list of servers of a user. A login waits until all of
// them have failed.
const maxServers = 16

// server is the address of a backend.
type server struct {
	host string // name or IP address
	port string
}

// String returns host:port.
func (s server) String() string { return net.JoinHostPort(s.host, s.port) }

// parseServers parses a list of servers, separated by commas, from a user database.
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
		return server{}, fmt.Errorf("%.100q: the port must be from 1 to 65535", text)
	}
	if addr, err := netip.ParseAddr(s.host); err == nil && addr.Zone() == "" {
		return s, nil
	}
	if err := checkHost(s.host); err != nil {
		return server{}, fmt.Errorf("%.100q: %w", text, err)
	}
	return s, nil
}

// maxHost is the longest host name, in octets (RFC 1035 §2.3.4).
const maxHost = 255

// hostCharacters are the characters of a host name.
const hostCharacters = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_."

// checkHost returns an error if name cannot be the name of a host.
func checkHost(name string) error {
	if name == "" || len(name) > maxHost || strings.Trim(name, hostCharacters) != "" || strings.ContainsAny(name[:1], "-.") {
		return errors.New("not a host name or an IP address")
	}
	return nil
}
