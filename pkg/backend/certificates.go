package backend

import (
	"crypto/tls"
	"errors"
	"fmt"
	"log/slog"

	"tpops/pkg/certs"
	"tpops/pkg/config"
)

// OpenCertificates reads the files of tls-cert, nil if it is not set. Expiry and
// renewal are logged there. A key that all users can read is logged now. The error
// has each file that cannot be used. last is the Copy of the Store of another process
// with the same parameters, or nil: it replaces files that cannot be used.
func OpenCertificates(c *config.Config, last []byte, log *slog.Logger) (*certs.Store, error) {
	if len(c.TLS.Cert) == 0 {
		return nil, nil
	}
	o := certs.Options{ClientCA: c.TLS.ClientCA, MinVersion: tls.VersionTLS12, Log: log, Last: last}
	if c.TLS.MinVersion == "1.3" {
		o.MinVersion = tls.VersionTLS13
	}
	for i, cert := range c.TLS.Cert {
		pair := certs.Pair{Cert: cert}
		if len(c.TLS.Key) > 0 {
			pair.Key = c.TLS.Key[i]
		}
		o.Pairs = append(o.Pairs, pair)
	}
	store, err := certs.Open(o)
	if err != nil {
		return nil, forTLS(err)
	}
	for _, warning := range store.Warnings() {
		log.Warn("configuration warning", slog.String("parameter", "tls-key"), slog.String("error", warning))
	}
	return store, nil
}

// forTLS prefixes each error of those that err joins.
func forTLS(err error) error {
	joined, ok := err.(interface{ Unwrap() []error })
	if !ok {
		return fmt.Errorf("TLS: %w", err)
	}
	var all []error
	for _, one := range joined.Unwrap() {
		all = append(all, forTLS(one))
	}
	return errors.Join(all...)
}

// openCertificates reads the files for the process.
func openCertificates(c *config.Config, env *Environment) (*certs.Store, error) {
	if env.Child {
		return OpenCertificates(c, env.LastCertificates, slog.New(slog.DiscardHandler))
	}
	return OpenCertificates(c, nil, env.Log)
}
