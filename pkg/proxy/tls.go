package proxy

import (
	"crypto/tls"
	"crypto/x509"
	"fmt"

	"tpops/pkg/certs"
)

// tlsConfig trusts the certificates in a file, or else those of the system. If it is
// insecure, any certificate is accepted.
func tlsConfig(file string, insecure bool) (*tls.Config, error) {
	config := &tls.Config{MinVersion: tls.VersionTLS12, InsecureSkipVerify: insecure}
	if insecure {
		return config, nil
	}
	var err error
	if file == "" {
		// Read them now, while the process has access to the files.
		if config.RootCAs, err = x509.SystemCertPool(); err != nil {
			return nil, fmt.Errorf("certificates of the system: %w", err)
		}
		return config, nil
	}
	if config.RootCAs, err = certs.Pool(file); err != nil {
		return nil, fmt.Errorf("pop-server-tls-ca: %w", err)
	}
	return config, nil
}

// stls starts TLS with the command STLS (RFC 2595 §4). A backend without STLS gets no
// data in clear.
func (c *conn) stls(config *tls.Config) error {
	a, err := c.ask("STLS")
	if err != nil {
		return fmt.Errorf("STLS: %w", err)
	}
	if !a.ok {
		return fmt.Errorf("STLS: -ERR %s", c.show([]byte(a.text)))
	}
	if c.in.Buffered() > 0 {
		// Data received in clear must not be taken for data received with TLS.
		return fmt.Errorf("STLS: %w: more than one answer", ErrNonsense)
	}
	return c.startTLS(config)
}

// startTLS does the handshake and verifies the name of the server.
func (c *conn) startTLS(config *tls.Config) error {
	config = config.Clone()
	config.ServerName = c.server.host
	secure := tls.Client(c.Conn, config)
	if err := c.arm(); err != nil {
		return err
	}
	if err := secure.HandshakeContext(c.ctx); err != nil {
		return fmt.Errorf("TLS: %w", err)
	}
	c.talkOn(secure)
	return nil
}
