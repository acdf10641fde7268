package main

import (
	"crypto/tls"
	"fmt"
	"log/slog"

	"tpops/pkg/certs"
	"tpops/pkg/config"
)

// openCertificates reads what tls-cert names, nil if it names nothing.
func (p *program) openCertificates(c *config.Config) (*certs.Store, error) {
	if len(c.TLS.Cert) == 0 {
		return nil, nil
	}
	o := certs.Options{ClientCA: c.TLS.ClientCA, MinVersion: tls.VersionTLS12, Log: p.logger}
	if p.child != nil {
		o.Log = slog.New(slog.DiscardHandler) // The parent tells what happens to the files.
	}
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
		return nil, fmt.Errorf("TLS: %w", err)
	}
	if p.child == nil {
		for _, warning := range store.Warnings() {
			p.doubt("tls-key", warning)
		}
	}
	return store, nil
}
