package proxy_test

import (
	"context"
	"io"
	"net"
	"testing"
	"time"

	"tpops/pkg/pop3"
	"tpops/pkg/pop3/pop3test"
	"tpops/pkg/proxy"
)

const (
	login    = "joe"
	password = "tan sta af"
)

// users accepts joe and rejects all other names.
type users struct{}

func (users) Authenticate(_ context.Context, a pop3.Attempt) (*pop3.Account, error) {
	if a.Login != login || a.Password != password {
		return nil, pop3.ErrAuth
	}
	return &pop3.Account{Name: a.Login, UID: -1, GID: -1}, nil
}

// serve serves a maildrop in memory with this server, and returns its address.
// its address.
func serve(t *testing.T, drop *pop3test.Memory) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	server := pop3.NewServer(&pop3.Backend{
		Authenticator:  users{},
		Open:           func(context.Context, *pop3.Account, *pop3.Client) (pop3.Mailbox, error) { return drop.Open() },
		CommandTimeout: time.Minute, ConnectionKeepTime: time.Hour,
	}, 10, nil, nil)
	go func() { _ = server.Serve(l, pop3.Port{}) }()
	t.Cleanup(server.Close)
	return l.Addr().String()
}

// newProxy returns a proxy for servers. change may change its options.
func newProxy(t *testing.T, change func(*proxy.Options), servers ...string) *proxy.Proxy {
	t.Helper()
	options := proxy.Options{Servers: servers, TLS: proxy.TLSNo, Client: proxy.ClientNone, Timeout: 10 * time.Second}
	if change != nil {
		change(&options)
	}
	p, err := proxy.New(options)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// open logs in as joe.
func open(t *testing.T, p *proxy.Proxy) (pop3.Mailbox, error) {
	t.Helper()
	m, err := p.Open(t.Context(), &pop3.Account{Name: login}, &pop3.Client{Password: password})
	if m != nil {
		t.Cleanup(func() { _ = m.Close() })
	}
	return m, err
}

// A proxy for this server fulfils the contract of a Mailbox.
func TestMailbox(t *testing.T) {
	pop3test.TestMailbox(t, func(t *testing.T, texts []string) pop3test.Maildrop {
		drop := pop3test.NewMemory(texts...)
		p := newProxy(t, nil, serve(t, drop))
		return pop3test.Maildrop{
			Open: func() (pop3.Mailbox, error) { return open(t, p) }, Remove: drop.Remove, Remote: true,
		}
	})
}

func readAll(t *testing.T, m pop3.Mailbox, n int) string {
	t.Helper()
	r, err := m.Open(t.Context(), n)
	if err != nil {
		t.Fatalf("message %d: %v", n, err)
	}
	defer r.Close()
	text, err := io.ReadAll(r)
	if err != nil {
		t.Fatalf("message %d: %v", n, err)
	}
	return string(text)
}
