package sasl

import (
	"crypto/tls"
	"net"
	"testing"

	"tpops/pkg/certs/certstest"
	"tpops/pkg/pop3"
)

// handshake returns the two ends of a TLS connection of a version.
func handshake(t testing.TB, version uint16) (server *pop3.Channel, client *tls.ConnectionState) {
	t.Helper()
	ours, theirs := net.Pipe()
	authority := certstest.NewAuthority(t)
	shown := authority.Issue(t, certstest.Leaf{Names: []string{"pop.example.org"}}).Pair(t)
	s := tls.Server(ours, &tls.Config{Certificates: []tls.Certificate{shown}, MinVersion: version, MaxVersion: version, SessionTicketsDisabled: true})
	c := tls.Client(theirs, &tls.Config{RootCAs: authority.Pool(), ServerName: "pop.example.org", MinVersion: version, MaxVersion: version})
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
