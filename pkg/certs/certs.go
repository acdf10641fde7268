// Package certs has the certificates with which the server shows who it is. It
// reads them from files in PEM, chooses among them by the name that a client
// asks for, reads them again when their files change, and tells the log when
// one is about to expire.
//
// A Store is made from Options and gives a tls.Config, whose certificates are
// always the Store's present ones. Somebody calls Look about once a second.
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

// alpn is the name of POP3 in ALPN (RFC 7301, RFC 2595 §7). A client that
// names only other protocols is refused, so that a browser cannot be made to
// speak to us.
const alpn = "pop3"

// Pair is the files of a certificate with its chain, and of its key.
type Pair struct {
	Cert string // path
	Key  string // path; "" if the key is in Cert
}

// Options says what to read.
type Options struct {
	Pairs      []Pair // at least one; the first is for clients that ask for no name, or one that no other has
	ClientCA   string // path of the certificates that may sign those of clients; "": clients are not asked
	MinVersion uint16 // tls.VersionTLS12 or higher
	Log        *slog.Logger
	Now        func() time.Time // nil: time.Now
}

// Store holds certificates. Goroutines may share its tls.Config; Look is
// called by one at a time.
type Store struct {
	log     *slog.Logger
	now     func() time.Time
	config  *tls.Config
	present atomic.Pointer[choice]

	forClients atomic.Pointer[tls.Config] // config with the present authorities of clients; nil without
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
	var problems []error
	for _, pair := range o.Pairs {
		source, err := openSource(pair)
		if err != nil {
			problems = append(problems, err)
			continue
		}
		s.sources = append(s.sources, source)
		if source.isPublic() {
			s.warnings = append(s.warnings, "all users can read the key in "+pair.keyFile())
		}
	}
	if err := s.configure(o); err != nil {
		problems = append(problems, err)
	}
	if len(problems) > 0 {
		return nil, errors.Join(problems...)
	}
	s.publish()
	return s, nil
}

// configure makes the tls.Config. Cipher suites and key exchanges are those
// that the standard library finds good. Records are as long as they may be:
// nobody waits for the beginning of a message only.
func (s *Store) configure(o Options) error {
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
	if s.authorities, err = openAuthorities(o.ClientCA); err != nil {
		return err
	}
	s.config.GetConfigForClient = func(*tls.ClientHelloInfo) (*tls.Config, error) { return s.forClients.Load(), nil }
	s.publishAuthorities()
	return nil
}

// certificate chooses for a client, and tells the connection if that wants to
// know.
func (s *Store) certificate(hello *tls.ClientHelloInfo) (*tls.Certificate, error) {
	chosen := s.present.Load().choose(hello)
	if conn, ok := hello.Conn.(interface{ CertificateShown(*x509.Certificate) }); ok {
		conn.CertificateShown(chosen.Leaf)
	}
	return chosen, nil
}

// Config returns with what to serve TLS. It is not to be changed.
func (s *Store) Config() *tls.Config { return s.config }

// Warnings returns what works, and still is hardly meant to be so.
func (s *Store) Warnings() []string { return s.warnings }

// Look reads certificates whose files have changed, and tells the log of those
// that are about to expire; a process that lives for one connection does not
// call it, or the log would have that once for each. Files that cannot be used
// change nothing, which the log is told once. Sessions that have their
// certificate already are not touched. On a nil Store it does nothing.
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
	s.tellExpiry()
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

// publish makes the certificates those of the handshakes to come.
func (s *Store) publish() {
	var all []*tls.Certificate
	for _, source := range s.sources {
		all = append(all, source.certificate)
	}
	s.present.Store(newChoice(all))
}
