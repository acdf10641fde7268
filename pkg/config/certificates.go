package config

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
