package certs

import (
	"crypto/tls"
	"strings"
)

// choice contains certificates, and an index by name.
type choice struct {
	all    []*tls.Certificate
	byName map[string][]*tls.Certificate
}

func newChoice(all []*tls.Certificate) *choice {
	c := &choice{all: all, byName: make(map[string][]*tls.Certificate)}
	for _, certificate := range all {
		names := certificate.Leaf.DNSNames
		if len(names) == 0 { // as in many self-signed certificates
			names = []string{certificate.Leaf.Subject.CommonName}
		}
		for _, name := range names {
			name = strings.ToLower(name)
			c.byName[name] = append(c.byName[name], certificate)
		}
	}
	return c
}

// choose returns the certificate for the name that a client requests: one with this name,
// otherwise a wildcard certificate of its domain (RFC 2595 §2.4, as many labels), otherwise
// the first. Of several, with different types of keys, it is the first that the client
// supports.
func (c *choice) choose(hello *tls.ClientHelloInfo) *tls.Certificate {
	name := strings.ToLower(strings.TrimSuffix(hello.ServerName, "."))
	_, domain, _ := strings.Cut(name, ".")
	able := *hello
	able.ServerName = "" // The other fields are what the client supports.
	for _, some := range [][]*tls.Certificate{c.byName[name], c.byName["*."+domain], c.all} {
		for _, certificate := range some {
			if able.SupportsCertificate(certificate) == nil {
				return certificate
			}
		}
	}
	return c.all[0]
}
