package sasl

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"math/big"
	"net"
	"testing"
	"time"

	"tpops/pkg/pop3"
)

// certificate returns one that has signed itself, and its key.
func certificate(t testing.TB) tls.Certificate {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "pop.example.org"}, DNSNames: []string{"pop.example.org"},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	leaf, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key, Leaf: leaf}
}

// handshake returns the two ends of a TLS connection of a version.
func handshake(t testing.TB, version uint16) (server *pop3.Channel, client *tls.ConnectionState) {
	t.Helper()
	ours, theirs := net.Pipe()
	shown := certificate(t)
	roots := x509.NewCertPool()
	roots.AddCert(shown.Leaf)
	s := tls.Server(ours, &tls.Config{Certificates: []tls.Certificate{shown}, MinVersion: version, MaxVersion: version, SessionTicketsDisabled: true})
	c := tls.Client(theirs, &tls.Config{RootCAs: roots, ServerName: "pop.example.org", MinVersion: version, MaxVersion: version})
	done := make(chan error, 1)
	go func() { done <- s.Handshake() }()
	if err := c.Handshake(); err != nil {
		t.Fatal(err)
	}
	if err := <-done; err != nil {
		t.Fatal(err)
	}
	serverState, clientState := s.ConnectionState(), c.ConnectionState()
	server = open()
	server.TLS, server.Server, server.Plus = &serverState, shown.Leaf, true
	return server, &clientState
}
