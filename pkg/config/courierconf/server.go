package courierconf

import (
	"net"
	"slices"
	"strings"

	"tpops/pkg/config/draft"
)

// server converts pop3d.
func (c *converter) server() {
	if s, ok := c.pop.take("MAXDAEMONS"); ok {
		c.d.Set(s.at, s.name, "max-servers", s.value)
	}
	if s, ok := c.pop.take("MAXPERIP"); ok {
		c.d.SetWith(s.at, s.name, "max-per-address", s.value, draft.ToKnow, "not for networks in guard-exempt")
	}
	if s, ok := c.pop.take("DEFDOMAIN"); ok && s.value != "" {
		c.d.SetWith(s.at, s.name, "domain", strings.TrimPrefix(s.value, "@"), draft.ToKnow, "names with % or + do not get it")
	}
	if s, ok := c.pop.take("POP3_LOG_DELETIONS"); ok {
		c.d.Note(s.at, s.name, draft.Done, "kept: log-messages is on by default")
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
		names = append(names, c.known(s)...)
	}
	slices.Sort(names)
	if names = slices.Compact(names); len(names) == 0 {
		names = []string{"none"}
	}
	c.d.Set(at, setting, "sasl-mechanisms", strings.Join(names, ","))
}

// known returns the mechanisms of a setting that TPOPS has.
func (c *converter) known(s setting) []string {
	var names []string
	for word := range strings.FieldsSeq(strings.ToUpper(s.value)) {
		switch word {
		case "PLAIN", "LOGIN", "CRAM-MD5", "EXTERNAL":
			names = append(names, word)
		default:
			c.d.Refuse(s.at, s.name, "TPOPS has no %.20s, so clients that use it cannot log in", word)
		}
	}
	return names
}

// listen converts a list of ports. The settings have these names.
func (c *converter) listen(portName, hostName, startName, name string, from settings) {
	port, isSet := from.take(portName)
	host, hasHost := from.take(hostName)
	if !isSet {
		port = setting{portName, map[string]string{"port": "110", "tls-port": "995"}[name], c.at}
	}
	if start, ok := from.take(startName); ok && isNo(start.value) {
		c.closed(start, name)
		return
	} else if ok {
		c.d.Note(start.at, start.name, draft.Done, "kept: the port is open")
	}
	if hasHost {
		c.d.Note(host.at, host.name, draft.Done, "kept in %s", name)
	}
	all := strings.FieldsFunc(port.value, func(r rune) bool { return r == ',' || r == ' ' })
	if len(all) == 0 {
		c.d.Lost(port.at, port.name, draft.ToDo, "there is no port; set %s", name)
		return
	}
	for _, other := range all[1:] {
		c.d.Lost(port.at, port.name, draft.ToDo, "TPOPS itself opens one port with TLS and one without; add ListenStream= for %.60s to a drop-in of its socket unit", other)
	}
	c.d.Set(port.at, port.name, name, address(all[0], host.value))
}

// address returns host:port for a port of Courier, which may begin with an address and
// a dot.
func address(port, host string) string {
	if i := strings.LastIndexByte(port, '.'); i >= 0 {
		host, port = port[:i], port[i+1:]
	}
	if host == "" || host == "0" {
		return port
	}
	return net.JoinHostPort(host, port)
}

// closed converts a port that is not open.
func (c *converter) closed(start setting, name string) {
	if name == "port" {
		c.d.Put("port", "127.0.0.1:110")
		c.d.Note(start.at, start.name, draft.ToDo, "kept: with the packages, enable tpops-tls.socket alone; without systemd the port is open to this machine only")
		return
	}
	c.d.Note(start.at, start.name, draft.Done, "kept: no tls-port")
}
