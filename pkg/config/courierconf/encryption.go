package courierconf

import (
	"strconv"
	"strings"

	"tpops/pkg/config/draft"
)

// encryption converts pop3d-ssl.
func (c *converter) encryption() {
	cert, ok := c.tls.take("TLS_CERTFILE")
	if !ok || !strings.HasPrefix(cert.value, "/") {
		c.d.Lost(c.at, "TLS_CERTFILE", draft.ToDo, "there is no certificate; set tls-cert")
		c.d.Set(c.at, "TLS_CERTFILE", "plaintext-login", "yes")
		for _, s := range c.tls {
			c.d.Note(s.at, s.name, draft.Done, "without effect: there is no certificate")
		}
		clear(c.tls)
		return
	}
	c.d.Set(cert.at, cert.name, "tls-cert", cert.value)
	if key, ok := c.tls.take("TLS_PRIVATE_KEYFILE"); ok && key.value != "" {
		c.d.SetWith(key.at, key.name, "tls-key", key.value, draft.ToDo, "the service must be able to read it; with tls.conf of the examples remove tls-cert, tls-key and tls-port")
	} else {
		c.d.Note(cert.at, cert.name, draft.ToDo, "the service must be able to read the file, which has the key too; with tls.conf of the examples remove tls-cert, tls-key and tls-port")
	}
	c.listen("SSLPORT", "SSLADDRESS", "POP3DSSLSTART", "tls-port", c.tls)
	c.clearLogin()
	if s, ok := c.tls.take("POP3_STARTTLS"); ok && isNo(s.value) {
		c.d.Lost(s.at, s.name, draft.Done, "TPOPS offers STLS if it has a certificate")
	} else if ok {
		c.d.Default(s.at, s.name)
	}
	c.minimum()
	c.clients()
}

// clearLogin converts whether clients may send passwords without TLS.
func (c *converter) clearLogin() {
	s, isSet := c.tls.take("POP3_TLS_REQUIRED")
	if !isSet {
		s = setting{name: "POP3_TLS_REQUIRED", value: "0", at: c.at}
	}
	if n, err := strconv.Atoi(s.value); err == nil && n == 0 {
		c.d.Set(s.at, s.name, "plaintext-login", "yes")
		return
	}
	c.d.Set(s.at, s.name, "plaintext-login", "no")
}

// minimum converts the versions of TLS.
func (c *converter) minimum() {
	s, ok := c.tls.take("TLS_PROTOCOL")
	switch value := strings.TrimRight(s.value, "+"); {
	case !ok || value == "TLSv1.2":
		if ok {
			c.d.Default(s.at, s.name)
		}
	case value == "TLSv1.3":
		c.d.Set(s.at, s.name, "tls-min-version", "1.3")
	default:
		c.d.Refuse(s.at, s.name, "TPOPS has TLS 1.2 and later; clients with older TLS cannot log in")
	}
}

// clients converts certificates of clients.
func (c *converter) clients() {
	trust, hasTrust := c.tls.take("TLS_TRUSTCERTS")
	verify, hasVerify := c.tls.take("TLS_VERIFYPEER")
	asks := verify.value != "" && verify.value != "NONE"
	switch {
	case verify.value == "PEER" && strings.HasPrefix(trust.value, "/"):
		c.d.Set(trust.at, trust.name, "tls-client-ca", trust.value)
		c.d.Note(verify.at, verify.name, draft.Done, "kept in tls-client-ca")
		return
	case asks:
		c.d.Refuse(verify.at, verify.name, "TPOPS accepts clients without a certificate; a client without one could log in")
	case hasVerify:
		c.d.Default(verify.at, verify.name)
	}
	switch {
	case hasTrust && asks:
		c.d.Lost(trust.at, trust.name, draft.ToDo, "TPOPS asks clients for a certificate only with tls-client-ca; set it")
	case hasTrust:
		c.d.Note(trust.at, trust.name, draft.Done, "without effect: clients are asked for no certificate")
	}
}
