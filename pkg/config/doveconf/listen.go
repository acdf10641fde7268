package doveconf

import (
	"net"
	"slices"
	"strconv"
	"strings"

	"tpops/pkg/config/draft"
)

// listener is a port of the login service.
type listener struct {
	section *section
	port    int
	tls     bool
	haproxy bool
	hosts   []string // nil for all addresses
}

// ipv6 stands for all addresses of IPv6. Dovecot listens on none of IPv4 then.
const ipv6 = "::"

// network converts what depends on the connection: the ports, passwords without TLS, and
// which networks are trusted.
type network struct{ *conversion }

// loginListeners returns the listeners for POP3. Those that Dovecot has by default are
// there unless their port is 0.
func (c network) loginListeners() []listener {
	login := c.named("service", "pop3-login")
	var sections []*section
	for _, name := range []string{"pop3", "pop3s"} { // They are first.
		sections = append(sections, login.named("inet_listener", name))
	}
	for _, s := range login.all("inet_listener") {
		if s.label != "pop3" && s.label != "pop3s" {
			sections = append(sections, s)
		}
	}
	var all []listener
	for _, s := range sections {
		if l := c.listener(s); l.port != 0 {
			all = append(all, l)
		}
	}
	return all
}

// listener reads a section inet_listener.
func (c network) listener(s *section) listener {
	l := listener{section: s, haproxy: s.value("haproxy") == "yes", tls: s.value("ssl") == "yes"}
	l.port = map[string]int{"pop3": 110, "pop3s": 995}[s.label]
	l.tls = l.tls || s.label == "pop3s" && s.value("ssl") != "no"
	if p, ok := s.find("port"); ok {
		l.port, _ = strconv.Atoi(p.value)
	}
	hosts, ok := s.find("address", "listen")
	if !ok {
		hosts, _ = c.setting("listen")
	}
	for _, host := range splitNetworks(hosts.value) {
		l.hosts = append(l.hosts, strings.Trim(host, "[]"))
	}
	if slices.Contains(l.hosts, "*") && slices.Contains(l.hosts, ipv6) {
		l.hosts = nil
	}
	return l
}

// address returns the address for port and tls-port.
func (l listener) address() string {
	port := strconv.Itoa(l.port)
	switch {
	case len(l.hosts) == 0:
		return port
	case l.hosts[0] == "*":
		return net.JoinHostPort("0.0.0.0", port)
	}
	return net.JoinHostPort(l.hosts[0], port)
}

// listeners converts the ports.
func (c network) listeners() {
	ssl, _ := c.setting("ssl")
	var port, tlsPort int
	for _, l := range c.loginListeners() {
		if l.tls && ssl.value == "no" {
			continue // Dovecot does not open it.
		}
		name, count := "port", &port
		if l.tls {
			name, count = "tls-port", &tlsPort
		}
		c.listen(l, name, *count > 0)
		*count++
	}
	if port == 0 {
		c.d.Put("port", "127.0.0.1:110")
		c.d.Note(c.at, "inet_listener pop3", draft.ToDo, "kept: with the packages, enable tpops-tls.socket alone; without systemd the port is open to this machine only")
	}
	if s, ok := c.setting("listen"); ok {
		c.d.Note(s.at, "listen", draft.Done, "kept in port and tls-port")
	}
}

// listen converts a listener. again means that there was one of its kind already.
func (c network) listen(l listener, name string, again bool) {
	title := l.section.title()
	if again {
		c.d.Lost(l.section.at, title, draft.ToDo, "TPOPS itself opens one port with TLS and one without; add ListenStream=%d to a drop-in of its socket unit", l.port)
		return
	}
	if len(l.hosts) > 1 {
		c.d.Lost(l.section.at, title, draft.ToDo, "TPOPS itself listens on one address; with systemd, add the addresses %s to its socket unit", strings.Join(l.hosts[1:], " "))
	}
	if slices.Contains(l.hosts, ipv6) {
		c.d.Lost(l.section.at, title, draft.ToDo, "for TPOPS the address :: means IPv4 too; with systemd, set BindIPv6Only=ipv6-only in a drop-in of its socket unit")
	}
	c.d.Set(l.section.at, title, name, l.address())
}

// proxied returns how many listeners expect a PROXY header, and how many do not.
func (c network) proxied() (headers, plain int) {
	for _, l := range c.loginListeners() {
		if l.haproxy {
			headers++
		} else {
			plain++
		}
	}
	return headers, plain
}
