//go:build integration

package proxy

import (
	"crypto/tls"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"tpops/pkg/certs/certstest"
	"tpops/test/daemon"
	"tpops/test/fixture"
)

// TestLoadBalancerTLS has HAProxy end the client's TLS. Such a client counts as
// encrypted, and one that HAProxy brings in clear does not.
func TestLoadBalancerTLS(t *testing.T) {
	box := fixture.Small(t)
	users, err := os.ReadFile(box.Users)
	if err != nil {
		t.Fatal(err)
	}
	restricted := strings.TrimRight(string(users), "\n") + " tls=required\n"
	if err := os.WriteFile(box.Users, []byte(restricted), 0o600); err != nil {
		t.Fatal(err)
	}
	d := box.Start(t, "--proxy-protocol-from=127.0.0.1")
	authority := certstest.NewAuthority(t)
	dir := t.TempDir()
	cert, key := filepath.Join(dir, "cert.pem"), filepath.Join(dir, "cert.pem.key")
	authority.Issue(t, certstest.Leaf{Names: []string{"localhost"}}).Write(t, cert, key)

	addr := startHAProxyWith(t, d, "ssl crt "+cert, "send-proxy-v2-ssl-cn")
	conn, err := tls.Dial("tcp", addr, &tls.Config{RootCAs: authority.Pool(), ServerName: "localhost"})
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	s := fixture.Session{Client: daemon.NewClient(conn), T: t}
	if line, err := s.Line(); err != nil || !strings.HasPrefix(line, fixture.Greeting) {
		t.Fatalf("greeting %q, %v", line, err)
	}
	if _, body, err := s.Multi("CAPA"); err != nil || strings.Contains(string(body), "STLS") || !strings.Contains(string(body), "USER") {
		t.Errorf("CAPA: %q, %v", body, err)
	}
	s.OK("USER " + fixture.User)
	s.OK("PASS " + fixture.Password)
	s.OK("QUIT")
	fixture.Eventually(t, "the TLS is logged", func() bool { return strings.Contains(d.Log(), `tls="TLSv1.3 (load balancer)"`) })

	clear := fixture.DialAs(t, "127.0.0.5", startHAProxy(t, d, "send-proxy-v2-ssl"), fixture.Greeting)
	clear.OK("USER " + fixture.User)
	clear.Want("PASS "+fixture.Password, `^-ERR \[SYS/PERM\] this account needs an encrypted connection$`)
}
