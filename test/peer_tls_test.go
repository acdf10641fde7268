//go:build integration

package test

import (
	"crypto/tls"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"tpops/pkg/certs/certstest"
	"tpops/test/daemon"
)

// TestLoadBalancerTLS has HAProxy end the client's TLS. Such a client counts as
// encrypted, and one that HAProxy brings in clear does not.
func TestLoadBalancerTLS(t *testing.T) {
	box := small(t)
	users, err := os.ReadFile(box.users)
	if err != nil {
		t.Fatal(err)
	}
	restricted := strings.TrimRight(string(users), "\n") + " tls=required\n"
	if err := os.WriteFile(box.users, []byte(restricted), 0o600); err != nil {
		t.Fatal(err)
	}
	d := box.start(t, "--proxy-protocol-from=127.0.0.1")
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
	s := session{daemon.NewClient(conn), t}
	if line, err := s.Line(); err != nil || !strings.HasPrefix(line, greeting) {
		t.Fatalf("greeting %q, %v", line, err)
	}
	if _, body, err := s.Multi("CAPA"); err != nil || strings.Contains(string(body), "STLS") || !strings.Contains(string(body), "USER") {
		t.Errorf("CAPA: %q, %v", body, err)
	}
	s.ok("USER " + login)
	s.ok("PASS " + password)
	s.ok("QUIT")
	eventually(t, "the TLS is logged", func() bool { return strings.Contains(d.Log(), `tls="TLSv1.3 (load balancer)"`) })

	clear := dialAs(t, "127.0.0.5", startHAProxy(t, d, "send-proxy-v2-ssl"), greeting)
	clear.ok("USER " + login)
	clear.want("PASS "+password, `^-ERR \[SYS/PERM\] this account needs an encrypted connection$`)
}
