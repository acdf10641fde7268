package config

func (c *Config) tls() []Param {
	cert := whenSet("tls-cert")
	return []Param{
		{Name: "tls-cert", Default: none, Optional: true, value: paths(&c.TLS.Cert),
			Help: "Files of certificates in PEM, each with its chain behind it; absolute and separated by commas. A client gets the one for the name that it asks for, or the first. If it is not set, the systemd credential tls-cert is used if there is one."},
		{Name: "tls-key", Default: none, Optional: true, Only: cert, value: paths(&c.TLS.Key),
			Help: "Files of their keys, in the same order; not needed if each key is in the file of its certificate. With the credential tls-cert it is the credential tls-key."},
		{Name: "tls-port", Default: none, Optional: true, Restart: true, Only: append(unless("inetd", "yes"), cert...), value: address(&c.TLS.Port),
			Help: "Port on which TLS comes first, such as 995, or host:port; beside port, where systemd passes no sockets."},
		{Name: "tls-min-version", Default: "1.2", Only: cert, value: choice(&c.TLS.MinVersion, "1.2", "1.3"),
			Help: "The lowest version of TLS that is spoken."},
		{Name: "tls-client-ca", Default: none, Optional: true, Only: cert, value: path(&c.TLS.ClientCA),
			Help: "File of the certificates, in PEM, that may sign those of clients. If it is set clients are asked for a certificate; they need not have one, but if they do it must be good."},
		{Name: "plaintext-login", Default: "auto", Optional: true, value: clearLogin(&c.TLS.PlaintextLogin),
			Help: "Whether a password may be sent without TLS: yes, no, never, or a list, separated by commas, of the networks that may, each with port= in front if it may at that port only; port=yes allows all at that port. Clients on the same machine may unless it is never, and APOP sends no password. By default it is no if tls-cert is set, otherwise yes."},
	}
}

// findCertificates takes the certificate and its key from the credentials
// of systemd, unless tls-cert names others, and checks that there is a key
// for each.
func (l *loader) findCertificates() {
	c := l.config
	if cert, ok := l.credential("tls-cert"); ok {
		if len(c.TLS.Cert) > 0 {
			l.problem(place{file: cert}, "tls-cert is set as well")
			return
		}
		c.TLS.Cert = []string{cert}
		if len(c.TLS.Key) > 0 {
			l.reject(l.given["tls-key"], "the certificate is the credential tls-cert, and so must be the key")
			return
		}
		if key, ok := l.credential("tls-key"); ok {
			c.TLS.Key = []string{key}
		}
	}
	if keys := len(c.TLS.Key); keys > 0 && len(c.TLS.Cert) > 0 && keys != len(c.TLS.Cert) {
		l.reject(l.given["tls-key"], "must be as many files as tls-cert has, %d, not %d", len(c.TLS.Cert), keys)
	}
}
