package doveconf

import (
	"slices"
	"strconv"
	"strings"

	"tpops/pkg/config/draft"
)

// clearLogin decides which clients may send a password without TLS.
func (c *converter) clearLogin() {
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
			c.d.Note(s.at, s.name, "without effect because of ssl = required")
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
func (c *converter) clearNetworks(allowed bool) []string {
	var networks []string
	if s, ok := c.setting("login_trusted_networks"); ok {
		networks = splitNetworks(s.value)
	}
	for _, kind := range []string{"remote", "local"} {
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
				c.d.Note(s.at, one.title()+" "+s.name, "kept in plaintext-login")
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

// mechanisms are the SASL mechanisms that TPOPS has, by their names in Dovecot.
var mechanisms = map[string]string{
	"plain": "PLAIN", "login": "LOGIN", "cram-md5": "CRAM-MD5", "scram-sha-1": "SCRAM-SHA-1", "scram-sha-256": "SCRAM-SHA-256",
	"scram-sha-1-plus": "SCRAM-SHA-1-PLUS", "scram-sha-256-plus": "SCRAM-SHA-256-PLUS", "external": "EXTERNAL",
}

// logins converts how users log in.
func (c *converter) logins() {
	c.mechanisms()
	c.usernames()
	c.trusted()
	if s, ok := c.setting("auth_default_realm", "auth_default_domain"); ok && s.value != "" {
		c.d.SetWith(s.at, s.name, "domain", s.value, "names with % or + do not get it")
	}
	if s, ok := c.setting("auth_failure_delay"); ok {
		c.duration(s, "error-interval")
	}
	if s, ok := c.setting("auth_cache_size"); ok && s.value != "0" {
		ttl, isSet := c.setting("auth_cache_ttl")
		if !isSet {
			ttl = setting{name: s.name, value: "1 hours", at: s.at}
		}
		c.duration(ttl, "auth-cache")
		c.d.Note(s.at, s.name, "kept: the cache is on; auth-cache-size counts users instead of octets")
	}
}

// duration converts a time.
func (c *converter) duration(s setting, name string) {
	n, err := seconds(s.value)
	if err != nil {
		c.d.Lost(s.at, s.name, "%v; set %s", err, name)
		return
	}
	c.d.Set(s.at, s.name, name, strconv.Itoa(n))
}

func (c *converter) mechanisms() {
	s, ok := c.setting("auth_mechanisms")
	words := strings.Fields(strings.ToLower(s.value))
	for _, one := range c.all("auth_mechanisms") { // a section of 2.4
		s, ok = setting{name: one.kind, at: one.at}, true
		for _, m := range one.settings {
			if m.value == "yes" {
				words = append(words, m.name)
			}
		}
	}
	if !ok {
		words = []string{"plain"}
	}
	var names []string
	for _, word := range words {
		name, known := mechanisms[word]
		switch {
		case known:
			names = append(names, name)
		case word == "apop":
			c.d.Note(s.at, s.name, "APOP: offered while the passwords of all users are stored in the clear")
		case word == "xoauth2" || word == "oauthbearer":
			c.d.Refuse(s.at, s.name, "TPOPS has %s, but not with the settings of Dovecot; set the parameters oauth-*", strings.ToUpper(word))
		default:
			c.d.Refuse(s.at, s.name, "TPOPS has no %.20s, so clients that use it cannot log in", strings.ToUpper(word))
		}
	}
	if !slices.Contains(names, "PLAIN") {
		c.d.Lost(s.at, s.name, "TPOPS always accepts USER and PASS with TLS; nothing to do")
	}
	if len(names) > 0 {
		c.d.Set(s.at, s.name, "sasl-mechanisms", strings.Join(names, ","))
	}
}

// usernames reports what auth_username_format does to a login name. The query for
// users takes it over; see lowerNames.
func (c *converter) usernames() {
	s, _ := c.setting("auth_username_format")
	if translation, ok := c.setting("auth_username_translation"); ok && translation.value != "" {
		c.d.Refuse(translation.at, translation.name, "TPOPS does not replace characters of login names")
	}
	t, err := c.usernameFormat()
	if err != nil || len(t) != 1 || t[0].variable == varHome || t[0].variable == varDomain || t[0].variable == 0 {
		c.d.Refuse(s.at, s.name, "TPOPS cannot change a login name in this way; use auth-type = dovecot")
		return
	}
	if t[0].variable == varLocal && !c.usesSQL() {
		c.d.Refuse(s.at, s.name, "TPOPS does not remove the domain from a login name, except in mysql-auth-query; use auth-type = dovecot")
		return
	}
	switch {
	case c.usesSQL():
		c.d.Note(s.at, s.name, "kept in mysql-auth-query")
	case t[0].lower:
		c.d.Lost(s.at, s.name, "TPOPS compares login names exactly; clients have to write them as the user database does, where Dovecot turned capital letters into small ones")
	default:
		c.d.Default(s.at, s.name)
	}
}

// usernameFormat returns what auth_username_format makes out of a login name.
func (c *converter) usernameFormat() (template, error) {
	s, ok := c.setting("auth_username_format")
	if !ok {
		return template{{variable: varUser, lower: true}}, nil
	}
	if s.value == "" {
		return template{{variable: varUser}}, nil
	}
	return parseTemplate(s.value)
}

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
