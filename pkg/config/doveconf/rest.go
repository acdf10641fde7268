package doveconf

import (
	"slices"
	"strings"

	"tpops/pkg/config/draft"
)

// handled are the sections that other functions convert.
var handled = map[string]bool{
	"protocols": true, "passdb": true, "userdb": true, "mysql": true, "mail_plugins": true, "auth_mechanisms": true, "ssl_server": true,
}

// rest reports what no other type converts.
type rest struct{ *conversion }

// convert reports everything that was not reported before.
func (c rest) convert() {
	for _, scope := range []*section{c.section, c.pop3} {
		for _, s := range scope.settings {
			if !c.done[s.name] {
				c.single(s)
			}
		}
	}
	for _, s := range c.sections {
		c.restSection(s)
	}
	for _, s := range c.pop3.sections {
		if !handled[s.kind] && !otherSections[s.kind] {
			c.d.Refuse(s.at, s.title(), "the converter does not know this section of protocol pop3; check whether it concerns POP3")
		}
	}
}

// single reports a setting by its name and value.
func (c rest) single(s setting) {
	k, isKnown := knownSettings[s.name]
	switch {
	case isKnown && slices.Contains(k.equal, s.value) && !s.hidden:
		c.d.Default(s.at, s.name)
	case isKnown:
		c.d.Lost(s.at, s.name, k.kind, "%s", k.reason)
	case isOther(s.name):
		c.d.Other(s.name)
	default:
		c.d.Refuse(s.at, s.name, "the converter does not know this setting; check whether it concerns POP3")
	}
}

// isOther reports whether a setting does not concern POP3.
func isOther(name string) bool {
	return otherSettings[name] || slices.ContainsFunc(otherPrefixes, func(prefix string) bool { return strings.HasPrefix(name, prefix) })
}

// restSection reports a section that is not converted.
func (c rest) restSection(s *section) {
	switch s.kind {
	case "protocol":
		c.restProtocol(s)
	case "service":
		if s.label != "pop3" && s.label != "pop3-login" {
			c.d.Other(s.title())
		}
	case "local", "remote", "local_name":
		c.connection(s)
	default:
		c.restOther(s)
	}
}

// restProtocol reports a section of protocols, unless it is for POP3 alone.
func (c rest) restProtocol(s *section) {
	switch {
	case s.label == "pop3":
	case s.label == "!pop3" || !strings.HasPrefix(s.label, "!"):
		c.d.Other(s.title())
	default:
		c.d.Refuse(s.at, s.title(), "it is for POP3 too; write its settings into protocol pop3 in a copy of the file")
	}
}

// restOther reports a section whose kind has no rule of its own.
func (c rest) restOther(s *section) {
	switch {
	case handled[s.kind]:
	case s.kind == "import_environment": // in 2.4
		c.d.Lost(s.at, s.title(), draft.ToDo, "%s", environment)
	case otherSections[s.kind] || isOther(s.kind):
		c.d.Other(s.kind)
	default:
		c.d.Refuse(s.at, s.title(), "the converter does not know this section; check whether it concerns POP3")
	}
}

// clearSettings are the settings of local, remote and local_name that clearNetworks
// converts.
var clearSettings = map[string]bool{"disable_plaintext_auth": true, "auth_allow_cleartext": true}

// connection reports settings that only certain connections have.
func (c rest) connection(s *section) {
	for _, scope := range []*section{s, s.named("protocol", "pop3")} {
		c.connectionSettings(s, scope.settings)
		for _, inner := range scope.sections {
			switch {
			case inner.kind == "ssl_server":
				c.connectionSettings(s, inner.settings)
			case inner.kind != "protocol" || scope != s:
				c.d.Refuse(inner.at, s.title()+" "+inner.title(), "TPOPS has the same values for all connections")
			}
		}
	}
}

// connectionSettings reports settings of a section for certain connections.
func (c rest) connectionSettings(s *section, all []setting) {
	for _, one := range all {
		isCert := slices.Contains(certNames, one.name) || slices.Contains(keyNames, one.name)
		switch {
		case isCert && s.kind != "local_name":
			c.d.Lost(one.at, s.title()+" "+one.name, draft.ToDo, "TPOPS selects a certificate by the name that the client asks for, not by the address; add it to tls-cert and tls-key")
		case !isCert && !clearSettings[one.name] && !isOther(one.name):
			c.d.Refuse(one.at, s.title()+" "+one.name, "TPOPS has the same value for all connections; set it with a second instance that has its own address")
		}
	}
}
