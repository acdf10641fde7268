package dovecot

import (
	"net/netip"
	"strconv"
	"strings"

	"tpops/pkg/pop3"
)

// describe returns the parameters that describe the connection of a client, each after
// a TAB. A nil client has none.
func describe(c *pop3.Client) string {
	if c == nil {
		return ""
	}
	var b strings.Builder
	if c.Session != "" {
		b.WriteString("\tsession=" + escape(c.Session))
	}
	end(&b, "l", c.Local)
	end(&b, "r", c.Remote)
	return b.String()
}

// end writes the parameters of one end of a connection. A client that did not come over
// IP has no address; Dovecot rejects it if allow_nets is set.
func end(b *strings.Builder, side string, a netip.AddrPort) {
	if !a.IsValid() {
		return
	}
	b.WriteString("\t" + side + "ip=" + a.Addr().Unmap().WithZone("").String())
	if a.Port() != 0 {
		b.WriteString("\t" + side + "port=" + strconv.Itoa(int(a.Port())))
	}
}

// secured returns the parameters that describe the TLS of a client.
func secured(c *pop3.Client) string {
	switch {
	case c == nil || !c.TLS:
		return ""
	case c.Certificate != nil:
		return "\tsecured=tls\tvalid-client-cert"
	}
	return "\tsecured=tls"
}
