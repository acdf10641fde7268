package doveconf

import (
	"strings"

	"tpops/pkg/config/draft"
)

// trusted converts the networks that may send the address of the client.
func (c network) trusted() {
	if s, ok := c.setting("login_trusted_networks"); ok && s.value != "" {
		kind, remark := draft.Done, ""
		if v := c.d.Value("plaintext-login"); strings.Contains(v, splitNetworks(s.value + " -")[0]) {
			kind, remark = draft.ToKnow, "also in plaintext-login"
		}
		c.d.SetWith(s.at, s.name, "xclient-from", strings.Join(splitNetworks(s.value), ","), kind, remark)
	}
	s, ok := c.setting("haproxy_trusted_networks")
	headers, plain := c.proxied()
	switch {
	case !ok && headers > 0:
		c.d.Lost(draft.Place{File: c.at.File}, "haproxy", draft.ToDo, "haproxy_trusted_networks is not set, so Dovecot rejects all connections with a PROXY header; set proxy-protocol-from")
	case !ok:
	case headers == 0:
		c.d.Note(s.at, s.name, draft.Done, "without effect: no listener for POP3 has haproxy = yes")
	default:
		kind, remark := draft.Done, ""
		if plain > 0 {
			kind, remark = draft.ToKnow, "connections from there need a PROXY header at every port, also where Dovecot expects none"
		}
		c.d.SetWith(s.at, s.name, "proxy-protocol-from", strings.Join(splitNetworks(s.value), ","), kind, remark)
	}
}
