// Package certs has the certificates of the server. It reads them from files in PEM,
// chooses among them by the name that a client requests, reads them again when their
// files change, and logs when one is about to expire.
//
// A Store is made from Options and returns a tls.Config, which always uses the Store's
// current certificates. The caller calls Look about once a second.
package certs

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"
)

// alpn is the name of POP3 in ALPN (RFC 7301, RFC 2595 §7). A client that offers only
// other protocols is rejected, so that an attacker cannot make a browser connect here.
const alpn = "pop3"

// Pair names the files of a certificate with its chain, and of its key.
type Pair struct {
	Cert string // path
	Key  string // path; "" if the key is in Cert
}

// Options are the parameters of a Store.
type Options struct {
	Pairs      []Pair // at least one; the first is the default for clients without a name, or with an unknown one
	ClientCA   string // path of the certificates that may sign those of clients; "": clients are not asked
	MinVersion uint16 // tls.VersionTLS12 or higher
	Log        *slog.Logger
	Now        func() time.Time // nil: time.Now

	// Last is the Copy of a Store with the same Pairs and ClientCA, or nil: files that
	// cannot be used now do not keep Open from using what was read from them last.
	Last []byte
}

// Store has certificates. Goroutines may share it and its tls.Config.
type Store struct {
	log     *slog.Logger
	now     func() time.Time
	config  *tls.Config
	current atomic.Pointer[choice]

	forClients atomic.Pointer[tls.Config] // config with the current authorities of clients; nil without them
	warnings   []string

	looking sync.Mutex
	sources []*source

	authorities *authorities // nil: clients are not asked
}

// Open reads all that o names. The error has each file that cannot be used, and each
// key that does not fit its certificate.
func Open(o Options) (*Store, error) {
	if len(o.Pairs) == 0 {
		return nil, errors.New("no certificate")
	}
	s := &Store{log: o.Log, now: o.Now}
	if s.now == nil {
		s.now = time.Now
	}
	last, err := o.decodeLast()
	if err != nil {
		return nil, err
	}
	var problems []error
	for i, pair := range o.Pairs {
		source, err := openSource(pair, last.pair(i))
		if err != nil {
			problems = append(problems, err)
			continue
		}
		s.sources = append(s.sources, source)
		if source.isPublic() {
			s.warnings = append(s.warnings, "all users can read the key in "+pair.keyFile())
		}
	}
	if err := s.configure(o, last.authorities()); err != nil {
		problems = append(problems, err)
	}
	if len(problems) > 0 {
		return nil, errors.Join(problems...)
	}
	s.publish()
	return s, nil
}

// configure makes the tls.Config, with the cipher suites and key exchanges of the standard
// library. Records have the maximum length: no client processes the beginning of a message
// before the rest has arrived.
func (s *Store) configure(o Options, lastAuthorities []byte) error {
	s.config = &tls.Config{
		GetCertificate:              s.certificate,
		NextProtos:                  []string{alpn},
		MinVersion:                  o.MinVersion,
		DynamicRecordSizingDisabled: true,
	}
	if o.ClientCA == "" {
		return nil
	}
	var err error
	if s.authorities, err = openAuthorities(o.ClientCA, lastAuthorities); err != nil {
		return err
	}
	s.config.GetConfigForClient = func(*tls.ClientHelloInfo) (*tls.Config, error) { return s.forClients.Load(), nil }
	s.publishAuthorities()
	return nil
}

// certificate returns the certificate for a client, and reports it to the connection if
// that has a method for it.
func (s *Store) certificate(hello *tls.ClientHelloInfo) (*tls.Certificate, error) {
	chosen := s.current.Load().choose(hello)
	if conn, ok := hello.Conn.(interface{ CertificateShown(*x509.Certificate) }); ok {
		conn.CertificateShown(chosen.Leaf)
	}
	return chosen, nil
}

// Config returns the configuration of TLS. Do not change it.
func (s *Store) Config() *tls.Config { return s.config }

// Warnings returns settings that work, but are probably a mistake.
func (s *Store) Warnings() []string { return s.warnings }

// Look reads certificates whose files have changed, and logs those that are about to
// expire. A process for one connection must not call it, so that this is not logged for
// each connection. If files cannot be used, Look logs this once and the old certificates
// stay in force. Existing sessions keep their certificate. On a nil Store it does nothing.
func (s *Store) Look() {
	if s == nil {
		return
	}
	s.looking.Lock()
	defer s.looking.Unlock()
	changed := false
	for _, source := range s.sources {
		changed = s.lookAt(source) || changed
	}
	if changed {
		s.publish()
	}
	s.lookAtAuthorities()
	s.logExpiry()
}

// lookAt reports whether there is a new certificate.
func (s *Store) lookAt(source *source) bool {
	if !source.watch.settled() {
		return false
	}
	if err := source.read(); err != nil {
		s.log.Error("certificate reload failed", slog.String("file", source.pair.Cert), slog.Any("error", err))
		return false
	}
	s.log.Info("certificate reloaded", source.attrs()...)
	return true
}

// publish makes new handshakes use the certificates.
func (s *Store) publish() {
	var all []*tls.Certificate
	for _, source := range s.sources {
		all = append(all, source.certificate)
	}
	s.current.Store(newChoice(all))
}
