package doveconf

import (
	"strings"

	"tpops/pkg/config/draft"
)

// certs converts the files of certificates and keys. It reports whether there is a file
// with a certificate.
func (c encryption) certs(all []certificate) bool {
	var certs, keys []string
	var first certificate
	for _, one := range all {
		cert, ok := c.filePath(one.cert)
		if !ok {
			c.d.Lost(one.cert.at, one.cert.name, draft.ToDo, "the value is not the path of a file; store the certificate in a file and set tls-cert and tls-key")
			continue
		}
		if certs = append(certs, cert); len(certs) == 1 {
			first = one
		}
		if key, ok := c.key(one); ok {
			keys = append(keys, key)
		}
	}
	if len(certs) == 0 {
		return false
	}
	c.d.Set(first.cert.at, first.cert.name, "tls-cert", strings.Join(certs, ","))
	switch list := strings.Join(keys, ","); len(keys) {
	case 0: // It was reported for each certificate.
	case len(certs):
		c.d.SetWith(first.key.at, first.key.name, "tls-key", list, draft.ToDo, "the service must be able to read it; with tls.conf of the examples remove tls-cert, tls-key and tls-port")
	default:
		c.d.Lost(first.cert.at, first.cert.name, draft.ToDo, "there are keys for %d of %d certificates, so tls-key is not set; set it to %s and what is missing, in the order of tls-cert", len(keys), len(certs), list)
	}
	return true
}

// key returns the file with the key of a certificate, or reports why there is none.
func (c encryption) key(one certificate) (string, bool) {
	file, ok := c.filePath(one.key)
	switch {
	case one.key.hidden:
		c.d.Lost(one.key.at, one.key.name, draft.ToDo, "doveconf hides the name of the file; use the output of doveconf -nP, or set tls-key")
		return "", false
	case one.key.value == "":
		c.d.Lost(one.cert.at, one.cert.name, draft.ToDo, "Dovecot has no key for it; set tls-key, unless the file of the certificate has the key too")
	case !ok:
		c.d.Lost(one.key.at, one.key.name, draft.ToDo, "the value is not the path of a file; store the key in a file and set tls-key")
	}
	return file, ok
}

// filePath returns the path of a file that a setting names. In 2.3 a value without < is
// not a path, but what the file would contain.
func (c encryption) filePath(s setting) (string, bool) {
	file, isName := strings.CutPrefix(s.value, "<")
	file = strings.TrimSpace(file)
	return file, strings.HasPrefix(file, "/") && (isName || c.version != "2.3")
}
