package proxy_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"errors"
	"io"
	"math/big"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"tpops/pkg/pop3"
	"tpops/pkg/proxy"
)

// authority signs certificates of servers.
type authority struct {
	t    *testing.T
	cert *x509.Certificate
	key  *ecdsa.PrivateKey
}

func newKey(t *testing.T) *ecdsa.PrivateKey {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return key
}

// newAuthority returns one, and the file of its certificate.
func newAuthority(t *testing.T) (a *authority, file string) {
	t.Helper()
	a = &authority{t: t, key: newKey(t)}
	a.cert = &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "test"}, IsCA: true, BasicConstraintsValid: true,
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour), KeyUsage: x509.KeyUsageCertSign,
	}
	der, err := x509.CreateCertificate(rand.Reader, a.cert, a.cert, a.key.Public(), a.key)
	if err != nil {
		t.Fatal(err)
	}
	file = filepath.Join(t.TempDir(), "ca.pem")
	text := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})
	if err := os.WriteFile(file, text, 0o600); err != nil {
		t.Fatal(err)
	}
	return a, file
}

// server returns the configuration of a server at 127.0.0.1, or of another
// name, that is good until then.
func (a *authority) server(name string, until time.Time) *tls.Config {
	a.t.Helper()
	cert := &x509.Certificate{SerialNumber: big.NewInt(2), NotBefore: until.Add(-time.Hour), NotAfter: until}
	if ip := net.ParseIP(name); ip != nil {
		cert.IPAddresses = []net.IP{ip}
	} else {
		cert.DNSNames = []string{name}
	}
	key := newKey(a.t)
	der, err := x509.CreateCertificate(rand.Reader, cert, a.cert, key.Public(), a.key)
	if err != nil {
		a.t.Fatal(err)
	}
	return &tls.Config{Certificates: []tls.Certificate{{Certificate: [][]byte{der}, PrivateKey: key}}}
}

// startTLS starts a backend that speaks TLS from the start, or after STLS.
func startTLS(t *testing.T, config *tls.Config, stls bool, answer string) *backend {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	b := &backend{addr: l.Addr().String()}
	done := make(chan struct{})
	go func() {
		defer close(done)
		conn, err := l.Accept()
		if err != nil {
			return
		}
		defer conn.Close()
		_ = conn.SetDeadline(time.Now().Add(time.Minute))
		script := ""
		if stls {
			script = "> (silent)" // The greeting does not come again.
			_, _ = io.WriteString(conn, "+OK ready\r\n")
			said := make([]byte, len("STLS\r\n"))
			if _, err := io.ReadFull(conn, said); err != nil || string(said) != "STLS\r\n" {
				t.Errorf("%q, %v, want STLS", said, err)
			}
			_, _ = io.WriteString(conn, answer)
		}
		b.serveTLS(tls.Server(conn, config), script)
	}()
	t.Cleanup(func() {
		_ = l.Close()
		<-done
	})
	return b
}

// serveTLS serves under TLS, with a greeting unless there is a script.
func (b *backend) serveTLS(conn *tls.Conn, script string) {
	if conn.Handshake() != nil {
		return
	}
	if script == "" {
		b.serve(conn, "")
		return
	}
	b.talk(conn, "")
}

func TestTLS(t *testing.T) {
	ca, file := newAuthority(t)
	otherCA, _ := newAuthority(t)
	good := ca.server("127.0.0.1", time.Now().Add(time.Hour))
	tests := []struct {
		name   string
		config *tls.Config
		want   string // in the error; "" for none
	}{
		{"right", good, ""},
		{"another name", ca.server("mail.example.org", time.Now().Add(time.Hour)), "127.0.0.1"},
		{"another CA", otherCA.server("127.0.0.1", time.Now().Add(time.Hour)), "unknown authority"},
		{"expired", ca.server("127.0.0.1", time.Now().Add(-time.Hour)), "expired"},
		{"too old", &tls.Config{Certificates: good.Certificates, MaxVersion: tls.VersionTLS11, MinVersion: tls.VersionTLS10}, "protocol version"},
	}
	for _, mode := range []string{proxy.TLSImplicit, proxy.TLSSTLS} {
		for _, test := range tests {
			t.Run(mode+", "+test.name, func(t *testing.T) {
				b := startTLS(t, test.config, mode == proxy.TLSSTLS, "+OK begin\r\n")
				p := newProxy(t, func(o *proxy.Options) { o.TLS, o.CAFile = mode, file }, b.addr)
				m, err := open(t, p)
				if test.want == "" {
					if err != nil || m.Listing().Len() != 2 || readAll(t, m, 1) != "Subject\r\n" {
						t.Fatalf("%v", err)
					}
					return
				}
				if m != nil || err == nil || errors.Is(err, pop3.ErrAuth) || !strings.Contains(err.Error(), test.want) {
					t.Errorf("%v, %v, want %s", m, err, test.want)
				}
				if b.all() != "" {
					t.Errorf("the backend heard %s", b.all())
				}
			})
		}
	}
}

// Nothing is said in clear where TLS is asked for.
func TestTLSNotHad(t *testing.T) {
	ca, file := newAuthority(t)
	options := func(mode string) func(*proxy.Options) {
		return func(o *proxy.Options) { o.TLS, o.CAFile, o.Timeout = mode, file, time.Second }
	}
	for _, script := range []string{"STLS > -ERR what?", "STLS > (close)", "STLS > (silent)", "STLS > +OK", "STLS > what"} {
		b := startBackend(t, script)
		m, err := open(t, newProxy(t, options(proxy.TLSSTLS), b.addr))
		if m != nil || err == nil || errors.Is(err, pop3.ErrAuth) || !strings.HasPrefix(b.all(), "STLS") || strings.Contains(b.all(), password) {
			t.Errorf("%s: %v, %v; the backend heard %q", script, m, err, b.all())
		}
	}
	b := startBackend(t, "")
	if m, err := open(t, newProxy(t, options(proxy.TLSImplicit), b.addr)); m != nil || err == nil || strings.Contains(b.all(), password) {
		t.Errorf("no TLS at all: %v, %v; the backend heard %q", m, err, b.all())
	}
	// What somebody put behind the answer in clear does not count under TLS.
	injected := startTLS(t, ca.server("127.0.0.1", time.Now().Add(time.Hour)), true, "+OK begin\r\n+OK\r\n+OK\r\n")
	if m, err := open(t, newProxy(t, options(proxy.TLSSTLS), injected.addr)); m != nil || err == nil || injected.all() != "" {
		t.Errorf("injected: %v, %v; the backend heard %q", m, err, injected.all())
	}
}

func TestNew(t *testing.T) {
	empty := filepath.Join(t.TempDir(), "empty.pem")
	if err := os.WriteFile(empty, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	for _, o := range []proxy.Options{
		{TLS: proxy.TLSNo, Servers: []string{"a b"}},
		{TLS: proxy.TLSSTLS, CAFile: empty},
		{TLS: proxy.TLSImplicit, CAFile: empty + "x"},
	} {
		if p, err := proxy.New(o); err == nil {
			t.Errorf("%+v: %v", o, p)
		}
	}
	if _, err := proxy.New(proxy.Options{TLS: proxy.TLSSTLS, Servers: []string{"localhost:110"}}); err != nil {
		t.Errorf("certificates of the system: %v", err)
	}
}
