//go:build integration

package test

import (
	"context"
	"crypto/tls"
	"errors"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"
	"testing"
	"time"

	"tpops/pkg/certs/certstest"
	"tpops/test/daemon"
)

// secured is a server with a certificate and two ports.
type secured struct {
	*daemon.Daemon
	box       mailbox
	authority *certstest.Authority
	cert, key string // files
	plain     string // addresses
	implicit  string
}

// listening finds the addresses in the log, in the order of the ports.
var listening = regexp.MustCompile(`listening address=(\S+)`)

// startSecured starts a server with a certificate for localhost.
func startSecured(t *testing.T, params ...string) *secured {
	t.Helper()
	dir := t.TempDir()
	s := &secured{
		box: small(t), authority: certstest.NewAuthority(t),
		cert: filepath.Join(dir, "cert.pem"), key: filepath.Join(dir, "key.pem"),
	}
	s.renew(t, "first")
	s.Daemon = s.box.start(t, append([]string{"--tls-cert=" + s.cert, "--tls-key=" + s.key, "--tls-port=127.0.0.1:0",
		"--maildir-lock=no"}, params...)...)
	eventually(t, "both ports are open", func() bool { return len(listening.FindAllString(s.Log(), -1)) == 2 })
	found := listening.FindAllStringSubmatch(s.Log(), -1)
	s.plain, s.implicit = found[0][1], found[1][1]
	s.Host, s.Port, _ = net.SplitHostPort(s.plain)
	s.Addr = s.plain
	return s
}

// renew writes another certificate for localhost.
func (s *secured) renew(t *testing.T, name string) {
	t.Helper()
	s.authority.Issue(t, certstest.Leaf{CommonName: name, Names: []string{"localhost", "127.0.0.1"}}).Write(t, s.cert, s.key)
}

// dial connects to the port for TLS and returns the common name of the
// certificate that is presented.
func (s *secured) dial(t *testing.T, c *tls.Config) (session, string) {
	t.Helper()
	c.RootCAs, c.ServerName = s.authority.Pool(), "localhost"
	conn, err := tls.Dial("tcp", s.implicit, c)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close() })
	client := session{daemon.NewClient(conn), t}
	if greeting, err := client.Line(); err != nil || !strings.HasPrefix(greeting, "+OK") {
		t.Fatalf("greeting %q, %v", greeting, err)
	}
	return client, conn.ConnectionState().PeerCertificates[0].Subject.CommonName
}

func (s *secured) presented(t *testing.T) string {
	t.Helper()
	client, name := s.dial(t, &tls.Config{})
	client.ok("QUIT")
	return name
}

// A certificate that is renewed is presented to new connections without any
// signal, also where a link points elsewhere; sessions at work go on.
func TestTLSRenewal(t *testing.T) {
	s := startSecured(t)
	running, name := s.dial(t, &tls.Config{})
	if name != "first" {
		t.Errorf("presents %s", name)
	}
	running.ok("USER " + login)
	running.ok("PASS " + password)
	s.renew(t, "second")
	eventually(t, "the renewed certificate is presented", func() bool { return s.presented(t) == "second" })
	if err := os.WriteFile(s.cert, []byte("nonsense"), 0o600); err != nil {
		t.Fatal(err)
	}
	eventually(t, "the log tells", func() bool { return strings.Contains(s.Log(), "certificate reload failed") })
	if got := s.presented(t); got != "second" {
		t.Errorf("presents %s", got)
	}
	// A reload says so too, and changes nothing.
	signal(t, s.Daemon, syscall.SIGHUP)
	eventually(t, "the reload is refused", func() bool { return strings.Contains(s.Log(), "configuration reload failed") })
	s.renew(t, "third")
	signal(t, s.Daemon, syscall.SIGHUP)
	eventually(t, "the reload is done", func() bool { return strings.Contains(s.Log(), "configuration reloaded") })
	if got := s.presented(t); got != "third" {
		t.Errorf("presents %s", got)
	}
	running.ok("DELE 1")
	running.ok("QUIT")
	if left := s.box.files(t); len(left) != 4 {
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
	d := small(t).start(t, "--tls-cert="+strings.Join(certs, ","), "--tls-key="+strings.Join(keys, ","))
	for name, want := range map[string]string{
		"one.example": "one.example", "a.two.example": "*.two.example", "other.example": "one.example",
	} {
		out := openssl(t, "-connect", d.Addr, "-starttls", "pop3", "-servername", name)
		if !strings.Contains(out, "subject=CN = "+want) {
			t.Errorf("%s: %.300s", name, out)
		}
	}
}

// openssl runs openssl's client without input and returns what it says.
func openssl(t *testing.T, args ...string) string {
	t.Helper()
	out, _ := output(t, "openssl", append([]string{"s_client"}, args...)...) // The status is that of the handshake.
	return out
}

// output runs a program that has a minute and no input, and returns what it
// says and its status.
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
	s := startSecured(t)
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
		for _, port := range []string{"-connect " + s.plain + " -starttls pop3", "-connect " + s.implicit} {
			out := openssl(t, strings.Fields(port+" "+test.args)...)
			done := !strings.Contains(out, "Cipher is (NONE)") && strings.Contains(out, "Cipher is ")
			if done != (test.want != "") || !strings.Contains(out, test.want) {
				t.Errorf("%s, %s: %.2000s", test.name, port, out)
			}
		}
	}
	eventually(t, "ten failed handshakes are logged", func() bool { return strings.Count(s.Log(), `reason="TLS handshake failed"`) >= 10 })
}

// With tls-client-ca a client shows its certificate, or none, but no bad one.
func TestTLSClientCertificates(t *testing.T) {
	authority := certstest.NewAuthority(t)
	s := startSecured(t, "--tls-client-ca="+write(t, "clients.pem", string(authority.PEM)))
	good := authority.Issue(t, certstest.Leaf{CommonName: "Ann"}).Pair(t)
	for _, c := range []*tls.Config{{}, {Certificates: []tls.Certificate{good}}} {
		client, _ := s.dial(t, c)
		client.ok("QUIT")
	}
	bad := certstest.NewAuthority(t).Issue(t, certstest.Leaf{CommonName: "Ann"}).Pair(t)
	conn, err := tls.Dial("tcp", s.implicit, &tls.Config{RootCAs: s.authority.Pool(), ServerName: "localhost",
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
	s := startSecured(t)
	client, _ := s.dial(t, &tls.Config{})
	client.ok("USER " + login)
	client.ok("PASS " + password)
	client.ok("DELE 1")
	signal(t, s.Daemon, syscall.SIGTERM)
	client.ok("QUIT")
	if code, err := s.Wait(); code != 0 || err != nil {
		t.Errorf("exit status %d, %v", code, err)
	}
	if left := s.box.files(t); len(left) != 4 {
		t.Errorf("%d messages are left, want 4", len(left))
	}
	if log := s.Log(); !strings.Contains(log, `tls="TLSv1.3 TLS_AES_128_GCM_SHA256"`) {
		t.Error(log)
	}
}

// A certificate that cannot be used keeps the server from starting, and
// --check-config tells of it.
func TestTLSCheck(t *testing.T) {
	box, dir := small(t), t.TempDir()
	authority := certstest.NewAuthority(t)
	one, two := filepath.Join(dir, "1"), filepath.Join(dir, "2")
	authority.Issue(t, certstest.Leaf{Names: []string{"one.example"}}).Write(t, one+".pem", one+".key")
	authority.Issue(t, certstest.Leaf{Names: []string{"two.example"}}).Write(t, two+".pem", two+".key")
	old := filepath.Join(dir, "3")
	authority.Issue(t, certstest.Leaf{Names: []string{"old.example"}, NotAfter: time.Now().Add(-time.Hour)}).Write(t, old+".pem", old+".key")
	base := []string{"--check-config", "--auth-type=passwd-file", "--passwd-file=" + box.users}
	for _, test := range []struct {
		name, cert, key, want string
		code                  int
	}{
		{"good", one + ".pem", one + ".key", "The configuration is good.", 0},
		{"expired", old + ".pem", old + ".key", "certificate expired certificate=old.example", 0},
		{"key of another", one + ".pem", two + ".key", "private key does not match public key", 78},
		{"missing", dir + "/none", one + ".key", "no such file or directory", 78},
	} {
		out, code := output(t, program(t, "tpops"), append(base, "--tls-cert="+test.cert, "--tls-key="+test.key)...)
		if code != test.code || !strings.Contains(out, test.want) {
			t.Errorf("%s: status %d: %s", test.name, code, out)
		}
	}
}

// Both ports are served in each way, and a renewed certificate is too.
func TestParallelTLS(t *testing.T) {
	eachType(t, func(t *testing.T, parallelType string) {
		s := startSecured(t, parallelType, "--error-interval=0")
		for range 3 {
			client, name := s.dial(t, &tls.Config{})
			if name != "first" {
				t.Errorf("certificate of %q", name)
			}
			client.ok("USER " + login)
			client.ok("PASS " + password)
			client.ok("QUIT")
			plain := dial(t, s.Daemon)
			plain.ok("STLS")
			plain.Close()
		}
		s.renew(t, "second")
		eventually(t, "the new certificate is presented", func() bool {
			client, name := s.dial(t, &tls.Config{})
			client.ok("QUIT")
			return name == "second"
		})
	})
}

// A load balancer's header comes before the TLS of the client behind it, at the
// port for TLS and before STLS.
func TestTLSBehindLoadBalancer(t *testing.T) {
	s := startSecured(t, "--proxy-protocol-from=127.0.0.0/8")
	ca := write(t, "ca.pem", string(s.authority.PEM))
	for _, url := range []string{"pop3s://" + s.implicit + "/1", "pop3://" + s.plain + "/1"} {
		out, err := exec.Command("curl", "-sS", "--haproxy-protocol", "--ssl-reqd", "--cacert", ca,
			"--user", login+":"+password, url).CombinedOutput()
		if err != nil || len(out) == 0 {
			t.Errorf("%s: %v\n%s", url, err, out)
		}
	}
}
