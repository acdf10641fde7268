package proxy_test

import (
	"crypto/tls"
	"errors"
	"io"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"tpops/pkg/certs/certstest"
	"tpops/pkg/pop3"
	"tpops/pkg/proxy"
)

// newAuthority returns a CA, and the file of its certificate.
func newAuthority(t *testing.T) (a *certstest.Authority, file string) {
	t.Helper()
	a, file = certstest.NewAuthority(t), filepath.Join(t.TempDir(), "ca.pem")
	if err := os.WriteFile(file, a.PEM, 0o600); err != nil {
		t.Fatal(err)
	}
	return a, file
}

// serverOf returns the configuration of a server with that name. Its certificate expires
// at the given time.
func serverOf(t *testing.T, a *certstest.Authority, name string, until time.Time) *tls.Config {
	t.Helper()
	pair := a.Issue(t, certstest.Leaf{Names: []string{name}, NotAfter: until}).Pair(t)
	return &tls.Config{Certificates: []tls.Certificate{pair}}
}

// startTLS starts a backend that speaks TLS from the start, or after STLS.
func startTLS(t *testing.T, config *tls.Config, stls bool, answer string) *backend {
	t.Helper()
	b := &backend{}
	b.addr = acceptOne(t, func(conn net.Conn) {
		defer conn.Close()
		_ = conn.SetDeadline(time.Now().Add(time.Minute))
		script := ""
		if stls {
			script = "> (silent)" // The greeting is not sent again.
			_, _ = io.WriteString(conn, "+OK ready\r\n")
			line := make([]byte, len("STLS\r\n"))
			if _, err := io.ReadFull(conn, line); err != nil || string(line) != "STLS\r\n" {
				t.Errorf("%q, %v, want STLS", line, err)
			}
			_, _ = io.WriteString(conn, answer)
		}
		b.serveTLS(tls.Server(conn, config), script)
	})
	return b
}

// serveTLS serves with TLS. It sends a greeting unless there is a script.
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
	good := serverOf(t, ca, "127.0.0.1", time.Now().Add(time.Hour))
	tests := []struct {
		name   string
		config *tls.Config
		want   string // in the error; "" for none
	}{
		{"right", good, ""},
		{"another name", serverOf(t, ca, "mail.example.org", time.Now().Add(time.Hour)), "127.0.0.1"},
		{"another CA", serverOf(t, otherCA, "127.0.0.1", time.Now().Add(time.Hour)), "unknown authority"},
		{"expired", serverOf(t, ca, "127.0.0.1", time.Now().Add(-time.Hour)), "expired"},
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
					t.Errorf("the backend received %s", b.all())
				}
			})
		}
	}
}

// If TLS is required, nothing is sent in clear.
func TestTLSNotAvailable(t *testing.T) {
	ca, file := newAuthority(t)
	options := func(mode string) func(*proxy.Options) {
		return func(o *proxy.Options) { o.TLS, o.CAFile, o.Timeout = mode, file, time.Second }
	}
	for _, script := range []string{"STLS > -ERR what?", "STLS > (close)", "STLS > (silent)", "STLS > +OK", "STLS > what"} {
		b := startBackend(t, script)
		m, err := open(t, newProxy(t, options(proxy.TLSSTLS), b.addr))
		if m != nil || err == nil || errors.Is(err, pop3.ErrAuth) || !strings.HasPrefix(b.all(), "STLS") || strings.Contains(b.all(), password) {
			t.Errorf("%s: %v, %v; the backend received %q", script, m, err, b.all())
		}
	}
	b := startBackend(t, "")
	if m, err := open(t, newProxy(t, options(proxy.TLSImplicit), b.addr)); m != nil || err == nil || strings.Contains(b.all(), password) {
		t.Errorf("no TLS: %v, %v; the backend received %q", m, err, b.all())
	}
	// Data injected in clear after the reply is not used with TLS.
	injected := startTLS(t, serverOf(t, ca, "127.0.0.1", time.Now().Add(time.Hour)), true, "+OK begin\r\n+OK\r\n+OK\r\n")
	if m, err := open(t, newProxy(t, options(proxy.TLSSTLS), injected.addr)); m != nil || err == nil || injected.all() != "" {
		t.Errorf("injected: %v, %v; the backend received %q", m, err, injected.all())
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
