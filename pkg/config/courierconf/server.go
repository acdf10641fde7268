package courierconf

import (
	"net"
	"strconv"
	"strings"
)

// server converts pop3d.
func (c *converter) server() {
	if s, ok := c.pop.take("MAXDAEMONS"); ok {
		c.d.Set(s.at, s.name, "max-servers", s.value)
	}
	if s, ok := c.pop.take("MAXPERIP"); ok {
		c.d.SetWith(s.at, s.name, "max-per-address", s.value, "not for networks in guard-exempt")
	}
	if s, ok := c.pop.take("DEFDOMAIN"); ok && s.value != "" {
		c.d.SetWith(s.at, s.name, "domain", strings.TrimPrefix(s.value, "@"), "names with % or + do not get it")
	}
	if s, ok := c.pop.take("POP3_LOG_DELETIONS"); ok {
		c.d.Note(s.at, s.name, "kept: log-messages is on by default")
	}
	c.mechanisms()
	c.listen("PORT", "ADDRESS", "POP3DSTART", "port", c.pop)
}

// mechanisms converts the mechanisms without and with TLS. TPOPS offers each where it
// is safe.
func (c *converter) mechanisms() {
	var names []string
	at, setting := c.at, "POP3AUTH"
	for _, name := range []string{"POP3AUTH", "POP3AUTH_TLS"} {
		s, ok := c.pop.take(name)
		if ok {
			at, setting = s.at, s.name
		}
		for word := range strings.FieldsSeq(strings.ToUpper(s.value)) {
			switch word {
			case "PLAIN", "LOGIN", "CRAM-MD5", "EXTERNAL":
				if !strings.Contains(","+strings.Join(names, ",")+",", ","+word+",") {
					names = append(names, word)
				}
			default:
				c.d.Refuse(s.at, s.name, "TPOPS has no %.20s, so clients that use it cannot log in", word)
			}
		}
	}
	if len(names) == 0 {
		names = []string{"none"}
	}
	c.d.Set(at, setting, "sasl-mechanisms", strings.Join(names, ","))
}

// listen converts a list of ports. The settings have these names.
func (c *converter) listen(portName, hostName, startName, name string, from settings) {
	port, isSet := from.take(portName)
	host, hasHost := from.take(hostName)
	start, hasStart := from.take(startName)
	if !isSet {
		port = setting{portName, map[string]string{"port": "110", "tls-port": "995"}[name], c.at}
	}
	if hasStart && isNo(start.value) {
		c.closed(start, name)
		return
	}
	if hasStart {
		c.d.Note(start.at, start.name, "kept: the port is open")
	}
	all := strings.FieldsFunc(port.value, func(r rune) bool { return r == ',' || r == ' ' })
	if len(all) == 0 {
		c.d.Lost(port.at, port.name, "there is no port; set %s", name)
		return
	}
	for _, other := range all[1:] {
		c.d.Lost(port.at, port.name, "TPOPS itself opens one port with TLS and one without; add ListenStream= for %.60s to a drop-in of its socket unit", other)
	}
	address := all[0]
	if i := strings.LastIndexByte(address, '.'); i >= 0 {
		host.value, address = address[:i], address[i+1:]
	}
	if hasHost {
		c.d.Note(host.at, host.name, "kept in %s", name)
	}
	if host.value != "" && host.value != "0" {
		address = net.JoinHostPort(host.value, address)
	}
	c.d.Set(port.at, port.name, name, address)
}

// closed converts a port that is not open.
func (c *converter) closed(start setting, name string) {
	if name == "port" {
		c.d.SetWith(start.at, start.name, "port", "127.0.0.1:110", "TPOPS always opens a port without TLS, which is closed to the network; with systemd, enable tpops-tls.socket alone")
		return
	}
	c.d.Note(start.at, start.name, "kept: no tls-port")
}

// encryption converts pop3d-ssl.
func (c *converter) encryption() {
	if c.tls == nil {
		c.d.Set(c.at, "no pop3d-ssl", "plaintext-login", "yes")
		return
	}
	cert, hasCert := c.tls.take("TLS_CERTFILE")
	if !hasCert || !strings.HasPrefix(cert.value, "/") {
		c.d.Lost(c.at, "TLS_CERTFILE", "there is no certificate; set tls-cert")
		c.d.Set(c.at, "TLS_CERTFILE", "plaintext-login", "yes")
		return
	}
	c.d.Set(cert.at, cert.name, "tls-cert", cert.value)
	if key, ok := c.tls.take("TLS_PRIVATE_KEYFILE"); ok && key.value != "" {
		c.d.Set(key.at, key.name, "tls-key", key.value)
	} else {
		c.d.Note(cert.at, cert.name, "the service must be able to read the file, which has the key too; see tls.conf in the examples")
	}
	c.listen("SSLPORT", "SSLADDRESS", "POP3DSSLSTART", "tls-port", c.tls)
	clear := "yes"
	required, isSet := c.tls.take("POP3_TLS_REQUIRED")
	if n, err := strconv.Atoi(required.value); isSet && (err != nil || n != 0) {
		clear = "no"
	}
	if !isSet {
		required = setting{name: "POP3_TLS_REQUIRED", at: c.at}
	}
	c.d.Set(required.at, required.name, "plaintext-login", clear)
	if s, ok := c.tls.take("POP3_STARTTLS"); ok && isNo(s.value) {
		c.d.Lost(s.at, s.name, "TPOPS offers STLS if it has a certificate; nothing to do")
	} else if ok {
		c.d.Default(s.at, s.name)
	}
	c.minimum()
	c.clients()
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
	switch {
	case verify.value == "PEER" && strings.HasPrefix(trust.value, "/"):
		c.d.Set(trust.at, trust.name, "tls-client-ca", trust.value)
		c.d.Note(verify.at, verify.name, "kept in tls-client-ca")
	case hasVerify && verify.value != "NONE" && verify.value != "":
		c.d.Refuse(verify.at, verify.name, "TPOPS accepts clients without a certificate; a client without one could log in")
	case hasTrust:
		c.d.Note(trust.at, trust.name, "without effect: clients are asked for no certificate")
	}
	if hasVerify && (verify.value == "NONE" || verify.value == "") {
		c.d.Default(verify.at, verify.name)
	}
	if s, ok := c.tls.take("MAILDIRPATH"); ok {
		if _, set := c.pop["MAILDIRPATH"]; !set {
			c.pop["MAILDIRPATH"] = s
		}
	}
	for _, name := range []string{"TLS_STARTTLS_PROTOCOL"} {
		delete(c.tls, name)
	}
}
