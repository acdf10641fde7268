package certs

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"tpops/pkg/files"
)

// authorities is the file of certificates that may sign those of clients, with the
// certificates that were read last.
type authorities struct {
	path  string
	watch watch
	text  []byte
	pool  *x509.CertPool
	first *x509.Certificate // the one that expires first
}

// openAuthorities reads the file, or uses the text that was read from it last, nil for
// none.
func openAuthorities(path string, last []byte) (*authorities, error) {
	a := &authorities{path: path, watch: watch{paths: [2]string{path, path}}}
	a.watch.begin()
	err := a.read()
	if err != nil && last != nil && a.use(last) == nil {
		err = nil
	}
	return a, err
}

// read reads the file. After an error nothing has changed, and the file is not settled
// again until it changes.
func (a *authorities) read() error {
	a.watch.reading()
	text, _, err := files.Read(a.path, maxAuthorities)
	if err != nil {
		return err
	}
	return a.use(text)
}

// use makes the certificates of a text those of the file.
func (a *authorities) use(text []byte) error {
	pool, first, err := parseAuthorities(text)
	if err != nil {
		return fmt.Errorf("%s: %w", a.path, err)
	}
	a.text, a.pool, a.first = text, pool, first
	return nil
}

// parseAuthorities reads the certificates of a file in PEM. A certificate that cannot be
// read is an error: clients with certificates that it has signed would be rejected.
func parseAuthorities(text []byte) (*x509.CertPool, *x509.Certificate, error) {
	all, err := parse(text)
	if err != nil {
		return nil, nil, err
	}
	if len(all) == 0 {
		return nil, nil, errors.New("the file has no certificate")
	}
	pool, first := x509.NewCertPool(), all[0]
	for _, certificate := range all {
		pool.AddCert(certificate)
		if certificate.NotAfter.Before(first.NotAfter) {
			first = certificate
		}
	}
	return pool, first, nil
}

// attrs returns the attributes of the file for the log.
func (a *authorities) attrs() []any {
	return []any{slog.String("certificate", a.first.Subject.CommonName), slog.String("file", a.path),
		slog.String("expires", a.first.NotAfter.UTC().Format(time.RFC3339))}
}

// lookAtAuthorities reads the file of authorities if it has changed.
func (s *Store) lookAtAuthorities() {
	a := s.authorities
	if a == nil || !a.watch.settled() {
		return
	}
	if err := a.read(); err != nil {
		s.log.Error("certificate reload failed", slog.String("file", a.path), slog.Any("error", err))
		return
	}
	s.publishAuthorities()
	s.log.Info("certificate reloaded", a.attrs()...)
}

// publishAuthorities makes new handshakes use the authorities. crypto/tls checks resumed
// sessions against them too.
func (s *Store) publishAuthorities() {
	config := s.config.Clone()
	config.GetConfigForClient = nil
	config.ClientCAs, config.ClientAuth = s.authorities.pool, tls.VerifyClientCertIfGiven
	s.forClients.Store(config)
}
