package doveconf

import (
	"strings"

	"tpops/pkg/config/draft"
)

// clearLogin decides which clients may send a password without TLS.
func (c network) clearLogin() {
	allowed := false
	s, isSet := c.setting("disable_plaintext_auth", "auth_allow_cleartext")
	if isSet {
		allowed = s.value == "yes"
		if s.name == "disable_plaintext_auth" {
			allowed = s.value == "no"
		}
	}
	ssl, _ := c.setting("ssl")
	networks := c.clearNetworks(allowed)
	switch {
	case ssl.value == "required":
		c.d.Set(ssl.at, "ssl", "plaintext-login", "no")
		if isSet {
			c.d.Note(s.at, s.name, draft.Done, "without effect because of ssl = required")
		}
	case allowed:
		c.d.Set(s.at, s.name, "plaintext-login", "yes")
	case len(networks) > 0:
		c.d.Set(s.at, s.name, "plaintext-login", strings.Join(networks, ","))
	default:
		c.d.Set(s.at, s.name, "plaintext-login", "no")
	}
}

// clearNetworks returns the networks with an exception from the prohibition of
// passwords without TLS.
func (c network) clearNetworks(allowed bool) []string {
	var networks []string
	if s, ok := c.setting("login_trusted_networks"); ok {
		networks = splitNetworks(s.value)
	}
	for _, kind := range []string{"remote", "local", "local_name"} {
		for _, one := range c.all(kind) {
			s, ok := one.find("disable_plaintext_auth", "auth_allow_cleartext")
			if inner, isInner := one.named("protocol", "pop3").find("disable_plaintext_auth", "auth_allow_cleartext"); isInner {
				s, ok = inner, true
			}
			if !ok {
				continue
			}
			here := (s.value == "no") == (s.name == "disable_plaintext_auth")
			switch {
			case here == allowed:
				c.d.Default(s.at, one.title()+" "+s.name)
			case here && kind == "remote":
				networks = append(networks, splitNetworks(one.label)...)
				c.d.Note(s.at, one.title()+" "+s.name, draft.Done, "kept in plaintext-login")
			default:
				c.d.Refuse(s.at, one.title()+" "+s.name, "TPOPS decides by the network of the client, or its own port, whether passwords without TLS are allowed; set plaintext-login")
			}
		}
	}
	return networks
}

// splitNetworks splits a list of Dovecot, which may have blanks and commas.
func splitNetworks(text string) []string {
	return strings.FieldsFunc(text, func(r rune) bool { return r == ' ' || r == ',' || r == '\t' })
}
