//go:build integration

package tls

import (
	"context"
	"crypto/tls"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"tpops/pkg/certs/certstest"
	"tpops/test/fixture"
)

// A certificate that is renewed is presented to new connections without any
// signal, also where a link points to another file; sessions at work go on.
func TestTLSRenewal(t *testing.T) {
	s := fixture.StartSecured(t)
	running, name := s.Dial(t, &tls.Config{})
	if name != "first" {
		t.Errorf("presents %s", name)
	}
	running.OK("USER " + fixture.User)
	running.OK("PASS " + fixture.Password)
	s.Renew(t, "second")
	fixture.Eventually(t, "the renewed certificate is presented", func() bool { return s.Presented(t) == "second" })
	if err := os.WriteFile(s.Cert, []byte("nonsense"), 0o600); err != nil {
		t.Fatal(err)
	}
	fixture.Eventually(t, "the failure is logged", func() bool { return strings.Contains(s.Log(), "certificate reload failed") })
	if got := s.Presented(t); got != "second" {
		t.Errorf("presents %s", got)
	}
	// A reload reports that too, and changes nothing.
	fixture.Signal(t, s.Daemon, syscall.SIGHUP)
	fixture.Eventually(t, "the reload is refused", func() bool { return strings.Contains(s.Log(), "configuration reload failed") })
	s.Renew(t, "third")
	fixture.Signal(t, s.Daemon, syscall.SIGHUP)
	fixture.Eventually(t, "the reload is done", func() bool { return strings.Contains(s.Log(), "configuration reloaded") })
	if got := s.Presented(t); got != "third" {
		t.Errorf("presents %s", got)
	}
	running.OK("DELE 1")
	running.OK("QUIT")
	if left := s.Box.Files(t); len(left) != 4 {
		t.Errorf("%d messages are left, want 4", len(left))
	}
}

// Which certificate comes for which name, by openssl's client.
func TestTLSServerName(t *testing.T) {
	dir := t.TempDir()
	authority := certstest.NewAuthority(t)
	var certs, keys []string
	for _, name := range []string{"one.example", "*.two.example"} {
		base := filepath.Join(dir, strings.TrimPrefix(name, "*."))
		authority.Issue(t, certstest.Leaf{CommonName: name, Names: []string{name}}).Write(t, base+".pem", base+".key")
		certs, keys = append(certs, base+".pem"), append(keys, base+".key")
	}
	d := fixture.Small(t).Start(t, "--tls-cert="+strings.Join(certs, ","), "--tls-key="+strings.Join(keys, ","))
	for name, want := range map[string]string{
		"one.example": "one.example", "a.two.example": "*.two.example", "other.example": "one.example",
	} {
		out := openssl(t, "-connect", d.Addr, "-starttls", "pop3", "-servername", name)
		if !strings.Contains(out, "subject=CN = "+want) {
			t.Errorf("%s: %.300s", name, out)
		}
	}
}

// openssl runs openssl's client without input and returns its output.
func openssl(t *testing.T, args ...string) string {
	t.Helper()
	out, _ := output(t, "openssl", append([]string{"s_client"}, args...)...) // The status is that of the handshake.
	return out
}

// output runs a program that has a minute and no input, and returns what it
// prints and its status.
func output(t *testing.T, name string, args ...string) (string, int) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	out, err := exec.CommandContext(ctx, name, args...).CombinedOutput()
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) || ctx.Err() != nil {
		t.Fatalf("%s: %v, %v\n%s", name, err, ctx.Err(), out)
	}
	if exit != nil {
		return string(out), exit.ExitCode()
	}
	return string(out), 0
}

// What is offered, as programs see it that test servers: by openssl's client,
// which may speak anything that it knows.
func TestTLSOffered(t *testing.T) {
	s := fixture.StartSecured(t)
	for _, test := range []struct {
		name string
		args string
		want string // a part of the output; "" is a handshake that fails
	}{
		{"TLS 1.0", "-tls1 -cipher ALL:@SECLEVEL=0", ""},
		{"TLS 1.1", "-tls1_1 -cipher ALL:@SECLEVEL=0", ""},
		{"TLS 1.2", "-tls1_2", "New, TLSv1.2"},
		{"TLS 1.3", "-tls1_3", "New, TLSv1.3"},
		{"no encryption", "-tls1_2 -cipher NULL:@SECLEVEL=0", ""},
		{"no certificate", "-tls1_2 -cipher aNULL:@SECLEVEL=0", ""},
		{"no forward secrecy", "-tls1_2 -cipher kRSA", ""},
		{"finite-field Diffie-Hellman", "-tls1_2 -cipher kDHE", ""},
		{"AES in GCM", "-tls1_2 -cipher ECDHE-ECDSA-AES128-GCM-SHA256", "ECDHE-ECDSA-AES128-GCM-SHA256"},
		{"ChaCha20", "-tls1_3 -ciphersuites TLS_CHACHA20_POLY1305_SHA256", "TLS_CHACHA20_POLY1305_SHA256"},
		{"ALPN", "-alpn pop3", "ALPN protocol: pop3"},
		{"ALPN of another protocol", "-alpn imap", ""},
		{"no compression", "-tls1_2 -comp", "Compression: NONE"},
		{"no renegotiation", "-tls1_2", "Secure Renegotiation IS supported"},
	} {
		for _, port := range []string{"-connect " + s.Plain + " -starttls pop3", "-connect " + s.Implicit} {
			out := openssl(t, strings.Fields(port+" "+test.args)...)
			done := !strings.Contains(out, "Cipher is (NONE)") && strings.Contains(out, "Cipher is ")
			if done != (test.want != "") || !strings.Contains(out, test.want) {
				t.Errorf("%s, %s: %.2000s", test.name, port, out)
			}
		}
	}
	fixture.Eventually(t, "ten failed handshakes are logged", func() bool { return strings.Count(s.Log(), `reason="TLS handshake failed"`) >= 10 })
}

// With tls-client-ca a client shows its certificate, or none, but no bad one.
func TestTLSClientCertificates(t *testing.T) {
	authority := certstest.NewAuthority(t)
	s := fixture.StartSecured(t, "--tls-client-ca="+fixture.Write(t, "clients.pem", string(authority.PEM)))
	good := authority.Issue(t, certstest.Leaf{CommonName: "Ann"}).Pair(t)
	for _, c := range []*tls.Config{{}, {Certificates: []tls.Certificate{good}}} {
		client, _ := s.Dial(t, c)
		client.OK("QUIT")
	}
	bad := certstest.NewAuthority(t).Issue(t, certstest.Leaf{CommonName: "Ann"}).Pair(t)
	conn, err := tls.Dial("tcp", s.Implicit, &tls.Config{RootCAs: s.Authority.Pool(), ServerName: "localhost",
		GetClientCertificate: func(*tls.CertificateRequestInfo) (*tls.Certificate, error) { return &bad, nil }})
	if err == nil {
		defer conn.Close()
		_, err = conn.Read(make([]byte, 1))
	}
	if err == nil || !strings.Contains(err.Error(), "unknown certificate authority") {
		t.Errorf("a bad certificate: %v", err)
	}
}

// Without systemd a restart waits for sessions, with TLS as without.
func TestTLSDrain(t *testing.T) {
	s := fixture.StartSecured(t)
	client, _ := s.Dial(t, &tls.Config{})
	client.OK("USER " + fixture.User)
	client.OK("PASS " + fixture.Password)
	client.OK("DELE 1")
	fixture.Signal(t, s.Daemon, syscall.SIGTERM)
	client.OK("QUIT")
	if code, err := s.Wait(); code != 0 || err != nil {
		t.Errorf("exit status %d, %v", code, err)
	}
	if left := s.Box.Files(t); len(left) != 4 {
		t.Errorf("%d messages are left, want 4", len(left))
	}
	if log := s.Log(); !strings.Contains(log, `tls="TLSv1.3 TLS_AES_128_GCM_SHA256"`) {
		t.Error(log)
	}
}

// A certificate that cannot be used keeps the server from starting, and
// --check-config reports it.
func TestTLSCheck(t *testing.T) {
	box, dir := fixture.Small(t), t.TempDir()
	authority := certstest.NewAuthority(t)
	one, two := filepath.Join(dir, "1"), filepath.Join(dir, "2")
	authority.Issue(t, certstest.Leaf{Names: []string{"one.example"}}).Write(t, one+".pem", one+".key")
	authority.Issue(t, certstest.Leaf{Names: []string{"two.example"}}).Write(t, two+".pem", two+".key")
	old := filepath.Join(dir, "3")
	authority.Issue(t, certstest.Leaf{Names: []string{"old.example"}, NotAfter: time.Now().Add(-time.Hour)}).Write(t, old+".pem", old+".key")
	base := []string{"--check-config", "--auth-type=passwd-file", "--passwd-file=" + box.Users}
	for _, test := range []struct {
		name, cert, key, want string
		code                  int
	}{
		{"good", one + ".pem", one + ".key", "The configuration is good.", 0},
		{"expired", old + ".pem", old + ".key", "certificate expired certificate=old.example", 0},
		{"key of another", one + ".pem", two + ".key", "private key does not match public key", 78},
		{"missing", dir + "/none", one + ".key", "no such file or directory", 78},
	} {
		out, code := output(t, fixture.Program(t, "tpops"), append(base, "--tls-cert="+test.cert, "--tls-key="+test.key)...)
		if code != test.code || !strings.Contains(out, test.want) {
			t.Errorf("%s: status %d: %s", test.name, code, out)
		}
	}
}

// Both ports are served in each way, and a renewed certificate is too.
func TestParallelTLS(t *testing.T) {
	fixture.EachType(t, func(t *testing.T, parallelType string) {
		s := fixture.StartSecured(t, parallelType, "--error-interval=0")
		for range 3 {
			client, name := s.Dial(t, &tls.Config{})
			if name != "first" {
				t.Errorf("certificate of %q", name)
			}
			client.OK("USER " + fixture.User)
			client.OK("PASS " + fixture.Password)
			client.OK("QUIT")
			plain := fixture.Dial(t, s.Daemon)
			plain.OK("STLS")
			plain.Close()
		}
		s.Renew(t, "second")
		fixture.Eventually(t, "the new certificate is presented", func() bool {
			client, name := s.Dial(t, &tls.Config{})
			client.OK("QUIT")
			return name == "second"
		})
	})
}

// A load balancer's header comes before the TLS of its client, at the
// port for TLS and before STLS.
func TestTLSBehindLoadBalancer(t *testing.T) {
	s := fixture.StartSecured(t, "--proxy-protocol-from=127.0.0.0/8")
	ca := fixture.Write(t, "ca.pem", string(s.Authority.PEM))
	for _, url := range []string{"pop3s://" + s.Implicit + "/1", "pop3://" + s.Plain + "/1"} {
		out, err := exec.Command("curl", "-sS", "--haproxy-protocol", "--ssl-reqd", "--cacert", ca,
			"--user", fixture.User+":"+fixture.Password, url).CombinedOutput()
		if err != nil || len(out) == 0 {
			t.Errorf("%s: %v\n%s", url, err, out)
		}
	}
}
