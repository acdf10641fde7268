package proxy

import (
	"bytes"
	"fmt"
	"net"
	"net/netip"
	"slices"
	"strings"

	"github.com/pires/go-proxyproto"

	"tpops/pkg/pop3"
)

// hops returns how many proxies the connection has passed when it arrives.
func hops(client *pop3.Client) int { return client.Hops + 1 }

// proxyHeader returns the header of the PROXY protocol, version 2. For a client without an
// IP address it describes a connection of the proxy itself.
func proxyHeader(client *pop3.Client) ([]byte, error) {
	header := &proxyproto.Header{Version: 2, Command: proxyproto.LOCAL, TransportProtocol: proxyproto.UNSPEC}
	if client.Remote.IsValid() {
		header = proxyproto.HeaderProxyFromAddrs(2, net.TCPAddrFromAddrPort(client.Remote), net.TCPAddrFromAddrPort(destination(client)))
	}
	fields := []proxyproto.TLV{{Type: pop3.TypeHops, Value: []byte{byte(hops(client))}}}
	if client.TLS {
		fields = append(fields, proxyproto.TLV{Type: pop3.TypeTLS, Value: tlsField(client.TLSVersion)})
	}
	if err := header.SetTLVs(fields); err != nil {
		return nil, fmt.Errorf("PROXY header: %w", err)
	}
	var b bytes.Buffer
	if _, err := header.WriteTo(&b); err != nil {
		return nil, fmt.Errorf("PROXY header: %w", err)
	}
	return b.Bytes(), nil
}

// tlsField returns the field which reports that the client uses TLS to this proxy. It
// does not report that a client certificate was verified.
func tlsField(version string) []byte {
	const unverified = 1
	field := make([]byte, pop3.LeastTLS, pop3.LeastTLS+3+len(version))
	field[0], field[pop3.LeastTLS-1] = pop3.FlagTLS, unverified
	field = append(field, pop3.TypeTLSVersion, 0, byte(len(version)))
	return append(field, version...)
}

// destination returns the address that the client connected to. If that is not of the
// client's address family, it returns the unspecified address: another proxy may have
// passed only the client's address.
func destination(client *pop3.Client) netip.AddrPort {
	switch {
	case client.Local.IsValid() && client.Local.Addr().Is4() == client.Remote.Addr().Is4():
		return client.Local
	case client.Remote.Addr().Is4():
		return netip.AddrPortFrom(netip.IPv4Unspecified(), client.Local.Port())
	}
	return netip.AddrPortFrom(netip.IPv6Unspecified(), client.Local.Port())
}

// offersXCLIENT reports whether a greeting offers XCLIENT, in the form of Dovecot and
// TPOPS.
func offersXCLIENT(greeting string) bool {
	return slices.Contains(strings.Fields(greeting), "[XCLIENT]")
}

// xclient returns the command with the client's address, in Dovecot's form. It contains
// only numbers, addresses, and the session's id if that is a plain word.
func xclient(client *pop3.Client) string {
	words := []string{"XCLIENT"}
	if client.Remote.IsValid() {
		words = append(words, "ADDR="+client.Remote.Addr().WithZone("").String(), fmt.Sprintf("PORT=%d", client.Remote.Port()))
	}
	if isWord(client.Session) {
		words = append(words, "SESSION="+client.Session)
	}
	return strings.Join(append(words, fmt.Sprintf("TTL=%d", pop3.MaxHops-hops(client))), " ")
}

// isWord reports whether s is a short word of letters and digits.
func isWord(s string) bool {
	const most = 64
	other := strings.ContainsFunc(s, func(r rune) bool {
		return !('a' <= r && r <= 'z' || 'A' <= r && r <= 'Z' || '0' <= r && r <= '9')
	})
	return s != "" && len(s) <= most && !other
}
