package certs

import (
	"crypto/x509"
	"fmt"

	"tpops/pkg/files"
)

// maxAuthorities is the largest file of authorities, in octets. That of the system is ten
// times smaller.
const maxAuthorities = 4 << 20

// Pool returns the certificates of authorities in a file in PEM, of at most 4 MiB. It leaves
// damaged ones out, which Damaged reports. The error is that of the file, or that it has no
// certificate.
func Pool(name string) (*x509.CertPool, error) {
	text, _, err := files.Read(name, maxAuthorities)
	if err != nil {
		return nil, err
	}
	pool := x509.NewCertPool()
	if !pool.AppendCertsFromPEM(text) {
		return nil, fmt.Errorf("%s: no certificate in PEM", name)
	}
	return pool, nil
}
