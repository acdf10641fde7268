//go:build systemd

package systemd

import (
	"crypto/tls"
	"strings"

	"tpops/pkg/certs/certstest"
	"tpops/test/daemon"
)

// liveCertificate is where the example tls.conf finds the certificate.
const liveCertificate = "/etc/letsencrypt/live/mail.example.org"

// issue writes a certificate and its key, which only root can read.
func (s *site) issue(a *certstest.Authority, name string) {
	s.t.Helper()
	issued := a.Issue(s.t, certstest.Leaf{CommonName: name, Names: []string{"mail.example.org"}})
	s.do("install", "-d", "-m", "0700", liveCertificate)
	s.Write(s.t, liveCertificate+"/fullchain.pem", string(issued.Cert), 0o644)
	s.Write(s.t, liveCertificate+"/privkey.pem", string(issued.Key), 0o600)
}

// visitSecurely connects to port 995, or to port 110 and sends STLS, and returns
// the common name of the certificate.
func (s *site) visitSecurely(a *certstest.Authority, implicit bool) (*visit, string) {
	s.t.Helper()
	address := pop3Port
	if implicit {
		address = "127.0.0.1:995"
	}
	conn, err := s.Dial(address)
	if err != nil {
		s.t.Fatal(err)
	}
	s.t.Cleanup(func() { conn.Close() })
	if !implicit {
		v := &visit{Client: daemon.NewClient(conn), t: s.t}
		v.line(`^\+OK `)
		v.want("STLS", `^\+OK`)
	}
	secured := tls.Client(conn, &tls.Config{RootCAs: a.Pool(), ServerName: "mail.example.org"})
	if err := secured.Handshake(); err != nil {
		s.t.Fatal(err)
	}
	v := &visit{Client: daemon.NewClient(secured), t: s.t}
	if implicit {
		v.line(`^\+OK `)
	}
	return v, secured.ConnectionState().PeerCertificates[0].Subject.CommonName
}

// testTLS serves TLS on both ports, with a key that only root can read, as the
// example shows; by the daemon, through restarts and reloads, and by one process
// for each connection.
func testTLS(s *site) {
	messages := letters(3)
	s.userWithMail("alice", messages)
	s.userWithMail("bob", nil)
	s.configure()
	a := certstest.NewAuthority(s.t)

	// Without a certificate nothing is sent on port 995.
	s.enableDaemon()
	s.do("systemctl", "enable", "--now", "tpops-tls.socket")
	conn, err := s.Dial("127.0.0.1:995")
	if err != nil {
		s.t.Fatal(err)
	}
	(&visit{Client: daemon.NewClient(conn), t: s.t}).closed()

	s.issue(a, "first")
	s.dropIn("tpops.service", "tls.conf")
	s.do("systemctl", "restart", "tpops.service")
	for _, implicit := range []bool{false, true} {
		v, name := s.visitSecurely(a, implicit)
		v.login("alice")
		v.wantMessages(messages)
		v.quit()
		if name != "first" {
			s.t.Errorf("presents %s", name)
		}
	}
	s.do("systemctl", "reload", "tpops.service")

	// A restart ends no session, and the next one has the new certificate.
	plain := s.login("bob")
	v, _ := s.visitSecurely(a, true)
	v.login("alice")
	v.want("DELE 1", `^\+OK`)
	s.issue(a, "second")
	s.do("systemctl", "restart", "tpops.service")
	v.want("STAT", `^\+OK 2 `)
	v.want("RSET", `^\+OK`)
	v.quit()
	plain.want("STAT", `^\+OK 0 0`)
	plain.quit()
	v, name := s.visitSecurely(a, true)
	if name != "second" {
		s.t.Errorf("presents %s after the restart", name)
	}
	v.login("alice")
	v.wantMessages(messages)
	v.quit()
	if got := s.do("journalctl", "--unit=tpops.service", "--output=cat", "--output-fields=TPOPS_TLS", "TPOPS_EVENT=login"); !strings.Contains(got, "TLSv1.3") {
		s.t.Errorf("the journal has TPOPS_TLS %q", got)
	}
	s.wantNoFailure()
}

// testTLSInetd has one process for each connection serve TLS on a port that
// an administrator adds.
func testTLSInetd(s *site) {
	messages := letters(2)
	s.userWithMail("alice", messages)
	a := certstest.NewAuthority(s.t)
	s.issue(a, "first")
	s.dropIn("tpops-inetd@.service", "tls.conf")
	s.dropIn("tpops-inetd.socket", "[Socket]\nListenStream=995\n")
	s.enableInetd()
	for _, implicit := range []bool{false, true} {
		v, _ := s.visitSecurely(a, implicit)
		v.login("alice")
		v.wantMessages(messages)
		v.quit()
	}
	s.wantNoInstances()
}
