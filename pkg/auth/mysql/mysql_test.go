package mysql

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"tpops/pkg/auth"
	"tpops/pkg/password"
	"tpops/pkg/pop3"
)

// Tests that need a database are in test/mysql.

func TestNewErrors(t *testing.T) {
	directory := t.TempDir()
	empty := filepath.Join(directory, "empty.pem")
	if err := os.WriteFile(empty, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	tests := []struct {
		name    string
		options Options
		want    string
	}{
		{"query", Options{Query: `select "%x"`}, `mysql-auth-query: line 1, column 9: unknown directive "%x"`},
		{"list of users", Options{ListQuery: `select login from user where login="%s"`}, "mysql-list-query: %s, %u and %d are not allowed"},
		{"open quote in the list", Options{ListQuery: "select `login from user"}, "mysql-list-query: line 1, column 8: a name in backquotes"},
		{"crypt", Options{Crypt: "md5"}, `mysql-crypt-passwd must be no, yes, crypt or sha, not "md5"`},
		{"server", Options{Servers: "a,b:x"}, `mysql-server: server "b:x": port "x"`},
		{"CA without TLS", Options{CAFile: empty}, "mysql: a CA file without TLS"},
		{"no CA file", Options{TLS: true, CAFile: empty + "x"}, "mysql: CA file: open "},
		{"empty CA file", Options{TLS: true, CAFile: empty}, "no certificate in PEM"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			tt.options.Verifier = password.NewVerifier()
			if m, err := New(tt.options); err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("%v, error %v, want %s", m, err, tt.want)
			}
		})
	}
}

// TestMySQLSilent checks servers that accept connections and then send nothing, or close
// them: each costs one time-out, and the error has the reason.
func TestMySQLSilent(t *testing.T) {
	directory := t.TempDir()
	silent := listenUnix(t, filepath.Join(directory, "silent"))
	hangsUp := listenUnix(t, filepath.Join(directory, "hangs-up"))
	accepted := make(chan int)
	go func() {
		n := 0
		for ; ; n++ {
			conn, err := hangsUp.Accept()
			if err != nil {
				break
			}
			conn.Close()
		}
		accepted <- n
	}()
	const secret = "hunter2"
	m, err := New(Options{
		Servers: fmt.Sprintf("%s,%s", silent.Addr(), hangsUp.Addr()), Password: secret,
		Timeout: 50 * time.Millisecond, Verifier: password.NewVerifier(),
	})
	if err != nil {
		t.Fatal(err)
	}
	defer m.Close()
	_, err = m.Authenticate(t.Context(), pop3.Attempt{Login: "ann", Password: "x"})
	if err == nil || errors.Is(err, pop3.ErrAuth) || strings.Contains(err.Error(), secret) {
		t.Errorf("error %v", err)
	}
	hangsUp.Close()
	if n := <-accepted; n > 1 {
		t.Errorf("asked %d times", n)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := m.Authenticate(ctx, pop3.Attempt{Login: "ann", Password: "x"}); !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled: %v", err)
	}
}

// TestMySQLPingEnds checks that Ping returns an error in time, with any behaviour of the
// server.
func TestMySQLPingEnds(t *testing.T) {
	tests := []struct {
		name  string
		serve func(net.Conn)
	}{
		{"silent", func(net.Conn) {}},
		{"closes the connection", func(c net.Conn) { c.Close() }},
		{"one octet at a time", func(c net.Conn) {
			// Part of a packet of 64 KiB arrives within each time-out.
			for _, err := c.Write([]byte{0, 0, 1, 0}); err == nil; _, err = c.Write([]byte{10}) {
				time.Sleep(10 * time.Millisecond)
			}
		}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			const secret, timeout = "hunter2", 50 * time.Millisecond
			listener := listenUnix(t, filepath.Join(t.TempDir(), "s"))
			go func() {
				for conn, err := listener.Accept(); err == nil; conn, err = listener.Accept() {
					go tt.serve(conn)
				}
			}()
			m, err := New(Options{Servers: listener.Addr().String(), Password: secret, Timeout: timeout, Verifier: password.NewVerifier()})
			if err != nil {
				t.Fatal(err)
			}
			defer m.Close()
			start := time.Now()
			err = m.Ping(t.Context())
			// A loaded machine may be slow, but there must be an end.
			if took := time.Since(start); took > time.Minute {
				t.Errorf("took %v", took)
			}
			if err == nil || errors.Is(err, pop3.ErrAuth) || strings.Contains(err.Error(), secret) {
				t.Errorf("error %v", err)
			}
			ctx, cancel := context.WithCancel(t.Context())
			cancel()
			if err := m.Ping(ctx); !errors.Is(err, context.Canceled) {
				t.Errorf("cancelled: %v", err)
			}
		})
	}
}

func listenUnix(t *testing.T, path string) net.Listener {
	t.Helper()
	listener, err := net.Listen("unix", path)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { listener.Close() })
	return listener
}

// TestMySQLNoSuchName checks that names which no table can contain are rejected without
// a query, after the time of a wrong password.
func TestMySQLNoSuchName(t *testing.T) {
	m, err := New(Options{Servers: "/nowhere/socket", Verifier: password.NewVerifier()})
	if err != nil {
		t.Fatal(err)
	}
	defer m.Close()
	for _, login := range []string{"", "a\x00", "a\nb", "a\x7f", "a\u0085", "\xff", strings.Repeat("a", 256)} {
		if account, err := m.Authenticate(t.Context(), pop3.Attempt{Login: login, Password: "x"}); account != nil || !errors.Is(err, pop3.ErrAuth) {
			t.Errorf("%q: %v, %v", login, account, err)
		}
		if account, err := alone(m).AuthenticateDigest(t.Context(), login, "<1@x>", "x"); account != nil || !errors.Is(err, pop3.ErrAuth) {
			t.Errorf("digest of %q: %v, %v", login, account, err)
		}
	}
	if _, err := m.Authenticate(t.Context(), pop3.Attempt{Login: strings.Repeat("a", 255), Password: "x"}); err == nil || errors.Is(err, pop3.ErrAuth) {
		t.Errorf("a possible name: %v", err)
	}
}

// TestMySQLDecoy checks that unknown users are compared with the password of the user
// who was found last.
func TestMySQLDecoy(t *testing.T) {
	m, err := New(Options{Crypt: "yes", Verifier: password.NewVerifier()})
	if err != nil {
		t.Fatal(err)
	}
	defer m.Close()
	if got := m.password(nil); got != password.Decoy() {
		t.Errorf("before any user: %+v", got)
	}
	seen := password.Stored{Scheme: "SHA", Data: "qUqP5cyxm6YcTAhz05Hph5gvu9M="}
	m.password(&auth.Row{Password: seen, Usable: true})
	for _, row := range []*auth.Row{nil, {}} {
		if got := m.password(row); got != seen {
			t.Errorf("after a user: %+v", got)
		}
	}
}
