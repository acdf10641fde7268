package config

// findCertificates uses the systemd credentials tls-cert and tls-key unless
// tls-cert is set, and checks that there is a key for each certificate.
func (l *loader) findCertificates() {
	c := l.config
	if cert, ok := l.credential("tls-cert"); ok {
		if len(c.TLS.Cert) > 0 {
			l.problem(place{file: cert}, "the credential exists, but tls-cert is set, too: remove one of them")
			return
		}
		c.TLS.Cert = []string{cert}
		if len(c.TLS.Key) > 0 {
			l.reject(l.given["tls-key"], "the certificate is the credential tls-cert: remove this and pass the key as the credential tls-key")
			return
		}
		if key, ok := l.credential("tls-key"); ok {
			c.TLS.Key = []string{key}
		}
	}
	if keys := len(c.TLS.Key); keys > 0 && len(c.TLS.Cert) > 0 && keys != len(c.TLS.Cert) {
		l.reject(l.given["tls-key"], "must list as many files as tls-cert: %d, not %d", len(c.TLS.Cert), keys)
	}
}
