package doveconf

import (
	"slices"
	"strings"

	"tpops/pkg/config/draft"
)

// certificate is a certificate and its key.
type certificate struct{ cert, key setting }

// encryption converts TLS.
type encryption struct{ *conversion }

// convert converts certificates, and the parameters of TLS.
func (c encryption) convert() {
	ssl, isSet := c.setting("ssl")
	certs := c.certificates()
	switch {
	case ssl.value == "no" || len(certs) == 0 && !isSet:
		if ssl.value == "no" {
			c.d.Note(ssl.at, "ssl", draft.Done, "kept: no tls-cert")
		} else {
			c.d.Lost(c.at, "ssl", draft.ToDo, "Dovecot has no certificate; set tls-cert and tls-key")
		}
		c.dropTLSPort()
		return
	case len(certs) == 0:
		c.d.Lost(ssl.at, "ssl", draft.ToDo, "Dovecot has no certificate; set tls-cert and tls-key")
		c.dropTLSPort()
		return
	}
	c.certs(certs)
	if isSet && ssl.value == "yes" {
		c.d.Default(ssl.at, "ssl")
	}
	c.minimum()
	c.clientCertificates()
}

// dropTLSPort unsets the port for TLS, which needs a certificate.
func (c encryption) dropTLSPort() {
	if c.d.Value("tls-port") != "" {
		c.d.Unset("tls-port", "there is no certificate")
	}
}

// certificates returns the certificates of the file and of its names. Those of protocol
// pop3 take precedence.
func (c encryption) certificates() []certificate {
	for _, name := range slices.Concat(certNames, keyNames) {
		c.done[name] = true
	}
	var all []certificate
	scopes := [][]*section{{c.pop3, c.section}}
	for _, s := range c.all("local_name") {
		scopes = append(scopes, []*section{s.named("protocol", "pop3"), s})
	}
	for _, scope := range scopes {
		if cert, ok := tlsSetting(scope, certNames); ok && cert.value != "" {
			key, _ := tlsSetting(scope, keyNames)
			all = append(all, certificate{cert, key})
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

// certs converts the files of certificates and keys.
func (c encryption) certs(all []certificate) {
	var certs, keys []string
	for _, one := range all {
		cert, ok := strings.CutPrefix(one.cert.value, "<")
		if cert = strings.TrimSpace(cert); !ok && c.version == "2.3" || !strings.HasPrefix(cert, "/") {
			c.d.Lost(one.cert.at, one.cert.name, draft.ToDo, "the value is not the path of a file; store the certificate in a file and set tls-cert and tls-key")
			continue
		}
		certs = append(certs, cert)
		key := strings.TrimSpace(strings.TrimPrefix(one.key.value, "<"))
		switch {
		case one.key.hidden:
			c.d.Lost(one.key.at, one.key.name, draft.ToDo, "doveconf hides the name of the file; use the output of doveconf -nP, or set tls-key")
		case strings.HasPrefix(key, "/"):
			keys = append(keys, key)
		}
	}
	if len(certs) == 0 {
		c.dropTLSPort()
		return
	}
	at := all[0].cert
	c.d.Set(at.at, at.name, "tls-cert", strings.Join(certs, ","))
	if len(keys) == len(certs) {
		c.d.SetWith(all[0].key.at, all[0].key.name, "tls-key", strings.Join(keys, ","), draft.ToDo, "the service must be able to read it; with tls.conf of the examples remove tls-cert, tls-key and tls-port")
	}
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
	ca, hasCA := c.serverSetting("ssl_ca", "ssl_server_ca_file", "ca_file")
	ask, asks := c.serverSetting("ssl_verify_client_cert", "ssl_server_request_client_cert", "request_client_cert")
	file := strings.TrimSpace(strings.TrimPrefix(ca.value, "<"))
	if asks && ask.value != "no" && strings.HasPrefix(file, "/") {
		c.d.Set(ca.at, ca.name, "tls-client-ca", file)
		c.d.Note(ask.at, ask.name, draft.Done, "kept in tls-client-ca")
	} else if hasCA {
		c.d.Note(ca.at, ca.name, draft.Done, "without effect: Dovecot asks clients for no certificate")
	}
	if s, ok := c.setting("auth_ssl_require_client_cert"); ok && s.value == "yes" {
		c.d.Refuse(s.at, s.name, "TPOPS accepts clients without a certificate; a client without one could log in")
	}
	if s, ok := c.setting("auth_ssl_username_from_cert"); ok && s.value == "yes" {
		c.d.Refuse(s.at, s.name, "TPOPS takes the name from the certificate only for AUTH EXTERNAL; see sasl-mechanisms")
	}
}

// serverSetting returns a setting of 2.3, or of 2.4, which may be in a section.
func (c encryption) serverSetting(old, whole, inner string) (setting, bool) {
	if s, ok := c.setting(old, whole); ok {
		return s, ok
	}
	return c.named("ssl_server", "").find(inner, whole)
}
