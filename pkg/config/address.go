package config

import (
	"errors"
	"fmt"
	"net"
	"net/netip"
	"strconv"
	"strings"
)

// address is a port, or a host and a port. It is stored in the form that
// net.Listen and net.Dial accept.
func address(p *string) value {
	return field(kindAddress, p, parseAddress, func(s string) string { return strings.TrimPrefix(s, ":") })
}

func parseAddress(s string) (string, error) {
	if !strings.Contains(s, ":") {
		return joinAddress("", s, s)
	}
	host, port, err := net.SplitHostPort(s)
	if err != nil {
		return "", fmt.Errorf("must be a port, host:port or [IPv6 address]:port, not %s", show(s))
	}
	return joinAddress(host, port, s)
}

func joinAddress(host, port, whole string) (string, error) {
	number, err := strconv.ParseUint(port, 10, 16)
	if err != nil {
		return "", fmt.Errorf("must have a port from 0 to 65535, not %s", show(whole))
	}
	if err := checkWord(whole); err != nil {
		return "", err // the zone of an IPv6 address may be any text
	}
	if _, err := netip.ParseAddr(host); err != nil && host != "" && checkHostname(host) != nil {
		return "", fmt.Errorf("must have a host name or IP address before the port, not %s", show(whole))
	}
	return net.JoinHostPort(host, strconv.FormatUint(number, 10)), nil
}

// metricsAddress is the absolute path of a socket, an address of this machine for itself
// with a port, or none.
func metricsAddress(p *string) value {
	return checked(kindAddress, p, func(s string) error {
		if strings.HasPrefix(s, "/") {
			return checkAbsolute(s)
		}
		if address, err := netip.ParseAddrPort(s); err != nil || !address.Addr().IsLoopback() || address.Addr().Zone() != "" {
			return fmt.Errorf("must be an absolute path, or a loopback address with a port, such as 127.0.0.1:9110, not %s", show(s))
		}
		return nil
	})
}

// servers is a list of hosts, with or without a port, and of socket paths.
func servers(p *[]string, defaultPort string) value {
	return field(kindServers, p, func(s string) ([]string, error) {
		var list []string
		for one := range strings.SplitSeq(s, ",") {
			server, err := parseServer(strings.TrimSpace(one), defaultPort)
			if err != nil {
				return nil, err
			}
			list = append(list, server)
		}
		return list, nil
	}, func(list []string) string { return strings.Join(list, ",") })
}

// hosts is a list of hosts, with or without a port.
func hosts(p *[]string, defaultPort string) value {
	v := servers(p, defaultPort)
	set := v.set
	v.set = func(s string) error {
		for one := range strings.SplitSeq(s, ",") {
			if strings.HasPrefix(strings.TrimSpace(one), "/") {
				return fmt.Errorf("must be host, host:port or [IPv6 address]:port, not %s", show(one))
			}
		}
		return set(s)
	}
	return v
}

func parseServer(s, defaultPort string) (string, error) {
	if s == "" {
		return "", errors.New("must not contain an empty name: remove the comma")
	}
	if s[0] == '/' {
		return s, checkLine(s)
	}
	host, port := s, defaultPort
	if bare, ok := bracketed(s); ok {
		host = bare
	} else if h, p, err := net.SplitHostPort(s); err == nil {
		host, port = h, p
	}
	if host == "" || port == "0" {
		return "", fmt.Errorf("must be host, host:port, [IPv6 address]:port or /path/to/socket, not %s", show(s))
	}
	return joinAddress(host, port, s)
}

// bracketed returns the address of [address].
func bracketed(s string) (string, bool) {
	if inner, ok := strings.CutPrefix(s, "["); ok {
		return strings.CutSuffix(inner, "]")
	}
	return "", false
}
