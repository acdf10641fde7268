package certs

import (
	"bytes"
	"crypto/tls"
	"fmt"
	"io"
	"log/slog"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"tpops/pkg/certs/certstest"
)

// folder is a directory with certificates, and a Store with some of them.
type folder struct {
	t         *testing.T
	dir       string
	authority *certstest.Authority
	log       bytes.Buffer
	now       time.Time
	store     *Store
}

func newFolder(t *testing.T) *folder {
	return &folder{t: t, dir: t.TempDir(), authority: certstest.NewAuthority(t), now: time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)}
}

func (f *folder) path(name string) string { return filepath.Join(f.dir, name) }

// issue makes NAME.pem and NAME.key.
func (f *folder) issue(name string, leaf certstest.Leaf) Pair {
	pair := Pair{f.path(name + ".pem"), f.path(name + ".key")}
	f.authority.Issue(f.t, leaf).Write(f.t, pair.Cert, pair.Key)
	return pair
}

func (f *folder) write(name, text string) string {
	if err := os.WriteFile(f.path(name), []byte(text), 0o600); err != nil {
		f.t.Fatal(err)
	}
	return f.path(name)
}

func (f *folder) open(o Options) {
	f.t.Helper()
	o.MinVersion = max(o.MinVersion, tls.VersionTLS12)
	o.Log = slog.New(slog.NewTextHandler(&f.log, nil))
	o.Now = func() time.Time { return f.now }
	var err error
	if f.store, err = Open(o); err != nil {
		f.t.Fatal(err)
	}
}

// look calls Look twice, because files must be unchanged between two calls, and returns
// the log.
func (f *folder) look() string {
	f.log.Reset()
	f.store.Look()
	f.store.Look()
	return f.log.String()
}

// connect does a handshake and returns the state of the client, which trusts any
// certificate.
func (f *folder) connect(c *tls.Config) (tls.ConnectionState, error) {
	ours, theirs := socketPair(f.t)
	defer ours.Close()
	done := make(chan error, 1)
	go func() {
		server := tls.Server(theirs, f.store.Config())
		done <- server.Handshake()
		_, _ = io.Copy(io.Discard, server) // The client decides what follows.
		_ = theirs.Close()
	}()
	c.InsecureSkipVerify = true
	client := tls.Client(ours, c)
	err := client.Handshake()
	// The server may still have to report that it rejects the certificate.
	go func() { _, _ = io.Copy(io.Discard, client) }()
	if serverErr := <-done; serverErr != nil {
		err = serverErr
	}
	return client.ConnectionState(), err
}

// socketPair returns both ends of a connection with a buffer, so that client and
// server may write at the same time.
func socketPair(t *testing.T) (net.Conn, net.Conn) {
	t.Helper()
	fds, err := unix.Socketpair(unix.AF_UNIX, unix.SOCK_STREAM|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		t.Fatal(err)
	}
	var ends [2]net.Conn
	for i, fd := range fds {
		file := os.NewFile(uintptr(fd), "socket pair")
		ends[i], err = net.FileConn(file)
		_ = file.Close()
		if err != nil {
			t.Fatal(err)
		}
	}
	return ends[0], ends[1]
}

// presented returns the common name in the certificate for a server name.
func (f *folder) presented(name string) string {
	f.t.Helper()
	state, err := f.connect(&tls.Config{ServerName: name})
	if err != nil {
		f.t.Fatal(err)
	}
	return state.PeerCertificates[0].Subject.CommonName
}

func TestChoice(t *testing.T) {
	f := newFolder(t)
	f.open(Options{Pairs: []Pair{
		f.issue("first", certstest.Leaf{CommonName: "first", Names: []string{"pop.example.org", "mail.example.org"}}),
		f.issue("wild", certstest.Leaf{CommonName: "wild", Names: []string{"*.example.com", "*.example.org"}}),
		f.issue("exact", certstest.Leaf{CommonName: "exact", Names: []string{"Pop.Example.COM"}}),
		f.issue("self", certstest.Leaf{CommonName: "self.example.net"}),
		f.issue("rsa", certstest.Leaf{CommonName: "rsa", Names: []string{"pop.example.com"}, RSA: true}),
	}})
	for name, want := range map[string]string{
		"":                    "first",
		"pop.example.org":     "first",
		"MAIL.example.org":    "first",
		"a.example.org":       "wild",
		"pop.example.com":     "exact",
		"POP.EXAMPLE.COM":     "exact",
		"a.example.com":       "wild",
		"a.b.example.com":     "first",
		"example.com":         "first",
		"self.example.net":    "self.example.net",
		"unknown.example.net": "first",
		"192.0.2.1":           "first",
	} {
		if got := f.presented(name); got != want {
			t.Errorf("%q: %s, want %s", name, got, want)
		}
	}
	// A client that supports only RSA gets the RSA certificate.
	state, err := f.connect(&tls.Config{ServerName: "pop.example.com", MaxVersion: tls.VersionTLS12,
		CipherSuites: []uint16{tls.TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256}})
	if err != nil || state.PeerCertificates[0].Subject.CommonName != "rsa" {
		t.Errorf("RSA only: %v", err)
	}
}

func TestOffered(t *testing.T) {
	for _, test := range []struct {
		name    string
		least   uint16
		client  *tls.Config
		wantErr string
	}{
		{"TLS 1.3", 0, &tls.Config{MinVersion: tls.VersionTLS13}, ""},
		{"TLS 1.2", 0, &tls.Config{MaxVersion: tls.VersionTLS12}, ""},
		{"TLS 1.1", 0, &tls.Config{MinVersion: tls.VersionTLS10, MaxVersion: tls.VersionTLS11}, "unsupported versions"},
		{"TLS 1.0", 0, &tls.Config{MinVersion: tls.VersionTLS10, MaxVersion: tls.VersionTLS10}, "unsupported versions"},
		{"TLS 1.2 where 1.3 is the least", tls.VersionTLS13, &tls.Config{MaxVersion: tls.VersionTLS12}, "unsupported versions"},
		{"TLS 1.3 where that is the least", tls.VersionTLS13, &tls.Config{}, ""},
		{"RC4", 0, weak(tls.TLS_ECDHE_ECDSA_WITH_RC4_128_SHA), "no cipher suite"},
		{"3DES", 0, weak(tls.TLS_RSA_WITH_3DES_EDE_CBC_SHA), "no cipher suite"},
		{"no forward secrecy", 0, weak(tls.TLS_RSA_WITH_AES_128_GCM_SHA256), "no cipher suite"},
		{"ALPN", 0, &tls.Config{NextProtos: []string{"imap", "pop3"}}, ""},
		{"ALPN of a browser", 0, &tls.Config{NextProtos: []string{"h2", "http/1.1"}}, "unsupported application protocols"},
	} {
		t.Run(test.name, func(t *testing.T) {
			f := newFolder(t)
			f.open(Options{Pairs: []Pair{f.issue("a", certstest.Leaf{Names: []string{"a.example"}})}, MinVersion: test.least})
			state, err := f.connect(test.client)
			if test.wantErr != "" {
				if err == nil || !strings.Contains(err.Error(), test.wantErr) {
					t.Errorf("%v, want %s", err, test.wantErr)
				}
				return
			}
			if err != nil || len(test.client.NextProtos) > 0 && state.NegotiatedProtocol != "pop3" {
				t.Errorf("protocol %q, %v", state.NegotiatedProtocol, err)
			}
		})
	}
}

func weak(suite uint16) *tls.Config {
	return &tls.Config{MaxVersion: tls.VersionTLS12, CipherSuites: []uint16{suite}}
}

func TestOpenErrors(t *testing.T) {
	f := newFolder(t)
	a, b := f.issue("a", certstest.Leaf{Names: []string{"a.example"}}), f.issue("b", certstest.Leaf{Names: []string{"b.example"}})
	pipe := f.path("directory")
	if err := os.Mkdir(pipe, 0o700); err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct {
		name, want string
		o          Options
	}{
		{"none", "no certificate", Options{}},
		{"missing", "no-file: no such file or directory", Options{Pairs: []Pair{{"no-file", ""}}}},
		{"key missing", "no-file: no such file or directory", Options{Pairs: []Pair{{a.Cert, "no-file"}}}},
		{"key of another", "private key does not match public key", Options{Pairs: []Pair{a, {a.Cert, b.Key}}}},
		{"no key in the file", "found a certificate rather than a key", Options{Pairs: []Pair{{a.Cert, ""}}}},
		{"key first", "PEM inputs may have been switched", Options{Pairs: []Pair{{a.Key, a.Cert}}}},
		{"locked key", "the key is encrypted with a password", Options{Pairs: []Pair{{a.Cert, f.write("locked", "-----BEGIN ENCRYPTED PRIVATE KEY-----\n")}}}},
		{"directory", "not a regular file", Options{Pairs: []Pair{{pipe, ""}}}},
		{"endless", "longer than 1048576 octets", Options{Pairs: []Pair{{f.write("long", strings.Repeat("x", 2<<20)), ""}}}},
		{"device", "not a regular file", Options{Pairs: []Pair{{os.DevNull, ""}}}},
		{"authority missing", "no-file: no such file", Options{Pairs: []Pair{a}, ClientCA: "no-file"}},
		{"authority without certificate", "the file has no certificate", Options{Pairs: []Pair{a}, ClientCA: a.Key}},
	} {
		test.o.Log = slog.New(slog.DiscardHandler)
		if _, err := Open(test.o); err == nil || !strings.Contains(err.Error(), test.want) {
			t.Errorf("%s: %v, want %s", test.name, err, test.want)
		}
	}
}

// One file may contain both certificate and key.
func TestOneFile(t *testing.T) {
	f := newFolder(t)
	issued := f.authority.Issue(t, certstest.Leaf{CommonName: "one", Names: []string{"a.example"}})
	file := f.write("both.pem", string(issued.Key)+string(issued.Cert))
	f.open(Options{Pairs: []Pair{{file, ""}}})
	if got := f.presented("a.example"); got != "one" {
		t.Errorf("got %s", got)
	}
}

func TestWarnings(t *testing.T) {
	f := newFolder(t)
	a, b := f.issue("a", certstest.Leaf{Names: []string{"a.example"}}), f.issue("b", certstest.Leaf{Names: []string{"b.example"}})
	if err := os.Chmod(b.Key, 0o644); err != nil {
		t.Fatal(err)
	}
	f.open(Options{Pairs: []Pair{a, b}})
	if got, want := fmt.Sprint(f.store.Warnings()), "[all users can read the key in "+b.Key+"]"; got != want {
		t.Errorf("%s, want %s", got, want)
	}
}

func TestClientCA(t *testing.T) {
	f := newFolder(t)
	a := f.issue("a", certstest.Leaf{Names: []string{"a.example"}})
	f.open(Options{Pairs: []Pair{a}, ClientCA: f.write("ca.pem", string(f.authority.PEM))})
	good := f.authority.Issue(t, certstest.Leaf{CommonName: "Ann"}).Pair(t)
	bad := certstest.NewAuthority(t).Issue(t, certstest.Leaf{CommonName: "Ann"}).Pair(t)
	for _, test := range []struct {
		name        string
		certificate *tls.Certificate
		good        bool
	}{{"none", &tls.Certificate{}, true}, {"good", &good, true}, {"bad", &bad, false}} {
		_, err := f.connect(&tls.Config{
			GetClientCertificate: func(*tls.CertificateRequestInfo) (*tls.Certificate, error) { return test.certificate, nil },
		})
		if (err == nil) != test.good {
			t.Errorf("%s: %v", test.name, err)
		}
	}
}
