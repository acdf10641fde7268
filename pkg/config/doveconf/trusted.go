package doveconf

import (
	"strings"

	"tpops/pkg/config/draft"
)

// trusted converts the networks that may send the address of the client.
func (c *converter) trusted() {
	if s, ok := c.setting("login_trusted_networks"); ok && s.value != "" {
		remark := ""
		if v := c.d.Value("plaintext-login"); strings.Contains(v, splitNetworks(s.value + " -")[0]) {
			remark = "also in plaintext-login"
		}
		c.d.SetWith(s.at, s.name, "xclient-from", strings.Join(splitNetworks(s.value), ","), remark)
	}
	s, ok := c.setting("haproxy_trusted_networks")
	headers, plain := c.proxied()
	switch {
	case !ok && headers > 0:
		c.d.Lost(draft.Place{File: c.at.File}, "haproxy", "haproxy_trusted_networks is not set, so Dovecot rejects all connections with a PROXY header; set proxy-protocol-from")
	case !ok:
	case headers == 0:
		c.d.Note(s.at, s.name, "without effect: no listener for POP3 has haproxy = yes")
	default:
		remark := ""
		if plain > 0 {
			remark = "connections from there need a PROXY header at every port, also where Dovecot expects none"
		}
		c.d.SetWith(s.at, s.name, "proxy-protocol-from", strings.Join(splitNetworks(s.value), ","), remark)
	}
}
