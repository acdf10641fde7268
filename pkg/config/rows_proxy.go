package config

import "time"

func (c *Config) proxy() []Param {
	proxy := only("mailbox-type", "proxy")
	return []Param{
		{Name: "pop-server", Default: "localhost:10110", Only: proxy, value: hosts(&c.Proxy.Server, "110"),
			Help: "The POP server to connect to: host or host:port. Several, separated by commas, are tried in turn while one cannot be reached. A user whose row in passwd-file or MySQL names a pop-server has that instead."},
		{Name: "pop-server-tls", Default: "no", Only: proxy, value: choice(&c.Proxy.TLS, "no", "stls", "implicit"),
			Help: "Talk TLS to the POP server, begun by the command STLS or at once (implicit), and only if its certificate is valid for the name in pop-server."},
		{Name: "pop-server-tls-ca", Default: none, Optional: true, Only: append(only("pop-server-tls", "stls", "implicit"), proxy...),
			value: path(&c.Proxy.TLSCA),
			Help:  "File of the certificates, in PEM, that may sign the POP server's; by default the system's."},
		{Name: "pop-server-timeout", Default: "60", Only: proxy, value: duration(&c.Proxy.Timeout, leastWait, 10*time.Minute),
			Help: "Time to wait for the POP server: to connect, and for each answer or piece of one."},
		{Name: "pop-server-client", Default: none, Only: proxy, value: choice(&c.Proxy.Client, none, "xclient", "proxy"),
			Help: "How the POP server is told the client's address: not at all, by the command XCLIENT if its greeting offers that, or by a header of the PROXY protocol, version 2, which it must expect."},
	}
}
