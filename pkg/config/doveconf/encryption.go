package doveconf

import (
	"slices"

	"tpops/pkg/config/draft"
)

// certificate is a certificate and its key.
type certificate struct{ cert, key setting }

// encryption converts TLS.
type encryption struct{ *conversion }

// convert converts certificates, and the parameters of TLS.
func (c encryption) convert() {
	c.required()
	ssl, isSet := c.setting("ssl")
	certs := c.certificates()
	switch {
	case ssl.value == "no" || len(certs) == 0 && !isSet:
		if ssl.value == "no" {
			c.d.Note(ssl.at, "ssl", draft.Done, "kept: no tls-cert")
		} else {
			c.d.Lost(c.at, "ssl", draft.ToDo, "Dovecot has no certificate; set tls-cert and tls-key")
		}
	case len(certs) == 0:
		c.d.Lost(ssl.at, "ssl", draft.ToDo, "Dovecot has no certificate; set tls-cert and tls-key")
	case c.certs(certs):
		if isSet && ssl.value == "yes" {
			c.d.Default(ssl.at, "ssl")
		}
		c.minimum()
		c.clientCertificates()
		return
	}
	c.withoutCertificate()
}

// withoutCertificate unsets the port for TLS, which needs a certificate, and reports the
// settings that need one.
func (c encryption) withoutCertificate() {
	const reason = "there is no certificate"
	if c.d.Value("tls-port") != "" {
		c.d.Unset("tls-port", reason)
	}
	c.unused("ssl_min_protocol", reason)
	for _, names := range [][]string{caNames, askNames} {
		if s, ok := c.serverSetting(names); ok {
			c.d.Note(s.at, s.name, draft.Done, "without effect: %s", reason)
		}
	}
}

// certificates returns the certificates of the file and of its names. Those of protocol
// pop3 take precedence. A name without a key has that of the file, as in Dovecot.
func (c encryption) certificates() []certificate {
	for _, name := range slices.Concat(certNames, keyNames) {
		c.done[name] = true
	}
	var all []certificate
	whole := []*section{c.pop3, c.section}
	scopes := [][]*section{whole}
	for _, s := range c.all("local_name") {
		scopes = append(scopes, []*section{s.named("protocol", "pop3"), s})
	}
	for i, scope := range scopes {
		key, hasKey := tlsSetting(scope, keyNames)
		if cert, ok := tlsSetting(scope, certNames); ok && cert.value != "" {
			if !hasKey {
				key, _ = tlsSetting(whole, keyNames)
			}
			all = append(all, certificate{cert, key})
		} else if hasKey && i > 0 {
			c.d.Lost(key.at, key.name, draft.ToDo, "local_name has a key and no certificate; set tls-cert and tls-key")
		}
	}
	return all
}

// The names of the settings for a certificate and its key.
var (
	certNames = []string{"ssl_cert", "ssl_server_cert_file", "cert_file"}
	keyNames  = []string{"ssl_key", "ssl_server_key_file", "key_file"}
)

// tlsSetting returns a setting of the first section that has it. In 2.4 it may be in a
// section ssl_server.
func tlsSetting(scope []*section, names []string) (setting, bool) {
	for _, s := range scope {
		for _, one := range []*section{s, s.named("ssl_server", "")} {
			if found, ok := one.find(names...); ok {
				return found, true
			}
		}
	}
	return setting{}, false
}

// minimum converts the minimum version of TLS.
func (c encryption) minimum() {
	s, ok := c.setting("ssl_min_protocol")
	if !ok {
		return
	}
	switch s.value {
	case "TLSv1.2":
		c.d.Default(s.at, s.name)
	case "TLSv1.3":
		c.d.Set(s.at, s.name, "tls-min-version", "1.3")
	default:
		c.d.Refuse(s.at, s.name, "TPOPS has TLS 1.2 and later; clients with older TLS cannot log in")
	}
}

// clientCertificates converts certificates of clients.
func (c encryption) clientCertificates() {
	ca, hasCA := c.serverSetting(caNames)
	ask, isSet := c.serverSetting(askNames)
	asks := isSet && ask.value != "no"
	file, isFile := c.filePath(ca)
	switch {
	case asks && isFile:
		c.d.Set(ca.at, ca.name, "tls-client-ca", file)
		c.d.Note(ask.at, ask.name, draft.Done, "kept in tls-client-ca")
	case asks:
		if hasCA {
			c.d.Lost(ca.at, ca.name, draft.ToDo, "the value is not the path of a file; store the certificates in a file and set tls-client-ca")
		}
		c.d.Lost(ask.at, ask.name, draft.ToDo, "TPOPS asks clients for a certificate only with tls-client-ca; set it")
	case hasCA:
		c.d.Note(ca.at, ca.name, draft.Done, "without effect: Dovecot asks clients for no certificate")
	}
	if isSet && !asks {
		c.d.Default(ask.at, ask.name)
	}
}

// required refuses settings that let only clients with a certificate log in.
func (c encryption) required() {
	if s, ok := c.setting("auth_ssl_require_client_cert"); ok && s.value == "yes" {
		c.d.Refuse(s.at, s.name, "TPOPS accepts clients without a certificate; a client without one could log in")
	}
	if s, ok := c.setting("auth_ssl_username_from_cert"); ok && s.value == "yes" {
		c.d.Refuse(s.at, s.name, "TPOPS takes the name from the certificate only for AUTH EXTERNAL; see sasl-mechanisms")
	}
}

// The names of settings in 2.3, in 2.4, and in the section ssl_server of 2.4.
var (
	caNames  = []string{"ssl_ca", "ssl_server_ca_file", "ca_file"}
	askNames = []string{"ssl_verify_client_cert", "ssl_server_request_client_cert", "request_client_cert"}
)

// serverSetting returns a setting of 2.3, or of 2.4, which may be in a section.
func (c encryption) serverSetting(names []string) (setting, bool) {
	old, whole, inner := names[0], names[1], names[2]
	if s, ok := c.setting(old, whole); ok {
		return s, ok
	}
	return c.named("ssl_server", "").find(inner, whole)
}
