package pop3_test

import (
	"bufio"
	"context"
	"crypto/tls"
	"io"
	"log/slog"
	"net"
	"runtime"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"tpops/pkg/certs/certstest"
	"tpops/pkg/pop3"
	"tpops/pkg/pop3/pop3test"
)

// secure runs a test in a bubble with a client on a port for implicit TLS.
// prepare may change the backend before that.
func secure(t *testing.T, prepare func(b *pop3.Backend), test func(t *testing.T, tr *transcript, client net.Conn)) {
	secureWith(t, func(tr *transcript, _ string) error {
		if prepare != nil {
			prepare(tr.backend)
		}
		return nil
	}, test)
}

// secureWith is secure with a directive of transcripts.
func secureWith(t *testing.T, prepare func(*transcript, string) error, test func(t *testing.T, tr *transcript, client net.Conn)) {
	synctest.Test(t, func(t *testing.T) {
		tr := newTranscript(t)
		for _, directive := range []func(*transcript, string) error{directives["tls"], prepare} {
			if err := directive(tr, ""); err != nil {
				t.Fatal(err)
			}
		}
		ours, theirs := net.Pipe()
		tr.served = make(chan struct{})
		tr.server = tr.newServer()
		go func() { _ = tr.server.ServeConn(theirs, pop3.Port{TLS: true}, nil) }()
		test(t, tr, ours)
		_ = ours.Close()
		<-tr.served
	})
}

// over does the handshake.
func over(t *testing.T, conn net.Conn, c *tls.Config) *client {
	t.Helper()
	secured := tls.Client(conn, c)
	if err := secured.Handshake(); err != nil {
		t.Fatal(err)
	}
	return &client{t, secured, bufio.NewReader(secured)}
}

func (tr *transcript) clientConfig() *tls.Config {
	return &tls.Config{RootCAs: tr.pool, ServerName: "mail.example.org"}
}

// What is no handshake ends the session in a bounded time, with one line in
// the log.
func TestHandshakeFailures(t *testing.T) {
	const slow = `error="not finished in time"`
	for _, test := range []struct {
		name    string
		timeout time.Duration // command-timeout
		says    string
		pace    time.Duration // between its octets
		tls     *tls.Config   // in place of says
		error   string
		after   time.Duration
	}{
		{"another protocol", time.Hour, "GET / HTTP/1.1\r\n\r\n", 0, nil, `error="tls: first record does not look like a TLS handshake"`, 0},
		{"POP3 in clear", time.Hour, "USER mrose\r\n", 0, nil, `error="tls: first record does not look like a TLS handshake"`, 0},
		{"nothing", time.Hour, "", 0, nil, slow, 30 * time.Second},
		{"nothing, and a short time", time.Second, "", 0, nil, slow, time.Second},
		{"half a record", time.Hour, "\x16\x03\x01\x01\x00\x01", 0, nil, slow, 30 * time.Second},
		{"an octet now and then", time.Hour, "\x16\x03\x01\x01\x00\x01" + strings.Repeat("x", 100), time.Second, nil, slow, 30 * time.Second},
		{"an old version", time.Hour, "", 0, &tls.Config{InsecureSkipVerify: true, MinVersion: tls.VersionTLS10, MaxVersion: tls.VersionTLS11},
			`error="tls: client offered only unsupported versions: [302 301]"`, 0},
		{"the words of the client", time.Hour, "", 0, &tls.Config{InsecureSkipVerify: true,
			NextProtos: []string{strings.Repeat("h", 200), strings.Repeat("i", 200)}}, "hhh...", 0},
		{"an untrusting client", time.Hour, "", 0, &tls.Config{ServerName: "mail.example.org", MaxVersion: tls.VersionTLS12},
			`error="remote error: tls: bad certificate"`, 0},
	} {
		t.Run(test.name, func(t *testing.T) {
			limit := func(b *pop3.Backend) {
				b.TLS.NextProtos = []string{"pop3"}
				b.CommandTimeout = test.timeout
			}
			secure(t, limit, func(t *testing.T, tr *transcript, conn net.Conn) {
				start := time.Now()
				if test.tls != nil {
					if err := tls.Client(conn, test.tls).Handshake(); err == nil {
						t.Error("the client is content")
					}
				}
				said := make(chan struct{})
				go func() {
					say(conn, test.says, test.pace)
					close(said)
				}()
				if got, _ := io.ReadAll(conn); strings.Contains(string(got), "OK") || strings.Contains(string(got), "ERR") {
					t.Errorf("said in clear: %q", got)
				}
				<-tr.served
				if took := time.Since(start); took != test.after {
					t.Errorf("it took %v, want %v", took, test.after)
				}
				tr.wantFailure(test.error)
				_ = conn.Close() // Nothing more can be said.
				<-said
			})
		})
	}
}

// say sends text octet by octet.
func say(conn net.Conn, text string, pace time.Duration) {
	for i := range len(text) {
		time.Sleep(pace)
		if _, err := io.WriteString(conn, text[i:i+1]); err != nil {
			return // The server has heard enough.
		}
	}
}

// wantFailure looks whether the log has one line of moderate length.
func (tr *transcript) wantFailure(why string) {
	tr.t.Helper()
	tr.wantFailureAt(slog.LevelInfo, why)
}

func (tr *transcript) wantFailureAt(level slog.Level, why string) {
	tr.t.Helper()
	log := tr.log.String()
	if strings.Count(log, "\n") != 1 || len(log) > 800 || !strings.Contains(log, "level="+level.String()+" msg=\"session end\"") ||
		!strings.Contains(log, `reason="TLS handshake failed"`) || !strings.Contains(log, why) {
		tr.t.Errorf("logged: %s", log)
	}
}

// A client that goes away before it has said anything in the handshake, as the
// health check of a load balancer.
func TestHandshakeGone(t *testing.T) {
	secure(t, nil, func(t *testing.T, tr *transcript, conn net.Conn) {
		_ = conn.Close() // A pipe has no error.
		<-tr.served
		tr.wantFailureAt(slog.LevelDebug, "error=EOF")
	})
}

// A client that takes nothing is not waited for longer than without TLS: a pipe shows
// that some of a write was taken when the time for the write is over.
func TestSlowReaderTLS(t *testing.T) {
	secure(t, nil, func(t *testing.T, tr *transcript, conn net.Conn) {
		tr.drop.Add("\n" + strings.Repeat("x", 1<<20) + "\n")
		c := over(t, conn, tr.clientConfig())
		c.login("+OK mrose has 1 messages (1048580 octets)")
		start := time.Now()
		c.want(c.ask("RETR 1"), "+OK 1048580 octets")
		<-tr.served
		if waited := time.Since(start); waited != 2*tr.backend.CommandTimeout {
			t.Errorf("ended after %v", waited)
		}
		if !strings.Contains(tr.log.String(), `reason="command timeout"`) {
			t.Error(tr.log.String())
		}
	})
}

// What an opener learns: that there is TLS, and the certificate of the client
// if it has one that its authority signed. Any other ends the handshake.
func TestClientCertificate(t *testing.T) {
	trusted, other := certstest.NewAuthority(t), certstest.NewAuthority(t)
	ann := certstest.Leaf{CommonName: "Ann", Emails: []string{"ann@example.org"}}
	for _, test := range []struct {
		name        string
		certificate *certstest.Issued
		version     uint16
		want        string // "" is an end in the handshake
	}{
		{"none", nil, tls.VersionTLS13, "-"},
		{"good", issue(t, trusted, ann), tls.VersionTLS13, "ann@example.org"},
		{"good, TLS 1.2", issue(t, trusted, ann), tls.VersionTLS12, "ann@example.org"},
		{"another authority's", issue(t, other, ann), tls.VersionTLS13, ""},
		{"another authority's, TLS 1.2", issue(t, other, ann), tls.VersionTLS12, ""},
		{"expired", issue(t, trusted, certstest.Leaf{CommonName: "Ann", NotAfter: time.Date(1995, 1, 1, 0, 0, 0, 0, time.UTC)}), tls.VersionTLS13, ""},
		{"a server's", issue(t, trusted, certstest.Leaf{Names: []string{"mail.example.org"}}), tls.VersionTLS13, ""},
	} {
		t.Run(test.name, func(t *testing.T) {
			got := ""
			ask := func(b *pop3.Backend) {
				b.TLS.ClientAuth, b.TLS.ClientCAs = tls.VerifyClientCertIfGiven, trusted.Pool()
				open := b.Open
				b.Open = func(ctx context.Context, a *pop3.Account, c *pop3.Client) (pop3.Mailbox, error) {
					got = "-"
					if c.Certificate != nil {
						got = c.Certificate.EmailAddresses[0]
					}
					if !c.TLS {
						t.Error("an opener is told that there is no TLS")
					}
					return open(ctx, a, c)
				}
			}
			secure(t, ask, func(t *testing.T, tr *transcript, conn net.Conn) {
				config := tr.clientConfig()
				config.MaxVersion = test.version
				if test.certificate != nil {
					// Also to an authority that it was not asked for.
					pair := test.certificate.Pair(t)
					config.GetClientCertificate = func(*tls.CertificateRequestInfo) (*tls.Certificate, error) { return &pair, nil }
				}
				secured := tls.Client(conn, config)
				c := &client{t, secured, bufio.NewReader(secured)}
				for _, command := range []string{"", "USER mrose", "PASS tanstaaf"} {
					_, _ = io.WriteString(c, command+"\r\n"[:min(2, 2*len(command))])
					if !strings.HasPrefix(c.line(), "+OK") {
						break
					}
				}
				_ = conn.Close()
				<-tr.served
				if got != test.want {
					t.Errorf("the opener saw %q\n%s", got, tr.log.String())
				}
			})
		})
	}
}

func issue(t *testing.T, a *certstest.Authority, leaf certstest.Leaf) *certstest.Issued {
	issued := a.Issue(t, leaf)
	return &issued
}

// A client in clear is told as such.
func TestOpenerWithoutTLS(t *testing.T) {
	serve(t, 1, func(t *testing.T, tr *transcript, _ *pop3.Server, l *pipeListener) {
		tr.backend.Open = func(_ context.Context, _ *pop3.Account, c *pop3.Client) (pop3.Mailbox, error) {
			if c.TLS || c.Certificate != nil {
				t.Errorf("told %+v", c)
			}
			return tr.drop.Open()
		}
		dial(t, l).login("+OK mrose has 0 messages (0 octets)")
	})
}

// Any number of clients may wait at the same time: what a session with TLS
// holds between two commands is bounded. About half of it is the client's end.
func TestIdleTLSMemory(t *testing.T) {
	const sessions, most = 200, 64 << 10
	authority := certstest.NewAuthority(t)
	pair := authority.Issue(t, certstest.Leaf{Names: []string{"mail.example.org"}}).Pair(t)
	drop := pop3test.NewMemory("one\n")
	tr := &transcript{t: t, drop: drop, pool: authority.Pool()}
	s := pop3.NewServer(&pop3.Backend{
		Authenticator:  users{tr},
		Open:           func(context.Context, *pop3.Account, *pop3.Client) (pop3.Mailbox, error) { return drop.Open() },
		TLS:            &tls.Config{Certificates: []tls.Certificate{pair}},
		CommandTimeout: time.Hour, ConnectionKeepTime: time.Hour,
	}, sessions, nil, nil)
	t.Cleanup(s.Close)
	before := heap()
	var clients []*client
	for range sessions {
		ours, theirs := net.Pipe()
		go func() { _ = s.ServeConn(theirs, pop3.Port{TLS: true}, nil) }()
		c := over(t, ours, tr.clientConfig())
		c.want(c.line(), "+OK TPOPS ready.")
		c.want(c.ask("USER mrose"), "+OK password required")
		clients = append(clients, c)
	}
	each := (heap() - before) / sessions
	t.Logf("%d octets for both ends of a session", each)
	if each > most {
		t.Errorf("want at most %d", most)
	}
	runtime.KeepAlive(clients)
}

// heap returns how many octets are in use, stacks included.
func heap() int64 {
	runtime.GC()
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return int64(m.HeapAlloc + m.StackInuse)
}
