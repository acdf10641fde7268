package watchdog

import (
	"context"
	"log/slog"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"tpops/pkg/acceptor"
	"tpops/pkg/maildir"
	"tpops/pkg/pop3"
)

// minInterval is long enough for a test on a busy machine.
const minInterval = 9 * time.Second

func openMaildir(ctx context.Context, a *pop3.Account, _ *pop3.Client) (pop3.Mailbox, error) {
	return maildir.Open(ctx, nil, a.Maildrop, maildir.Options{Lock: true, LockWait: time.Second, Log: slog.New(slog.DiscardHandler)})
}

// noUsers is a user database without users.
type noUsers struct{}

func (noUsers) Authenticate(context.Context, pop3.Attempt) (*pop3.Account, error) {
	return nil, pop3.ErrAuth
}

// newServer returns a self test, and a server with two accept loops and four
// places that has no other users.
func newServer(t *testing.T) (*Options, *mailbox) {
	t.Helper()
	server := pop3.NewServer(&pop3.Backend{
		Authenticator: noUsers{}, Open: openMaildir, CommandTimeout: time.Minute, ConnectionKeepTime: time.Hour,
	}, 4, nil, nil)
	t.Cleanup(server.Close)
	o := &Options{Server: server, Open: openMaildir, Directory: t.TempDir(), Interval: time.Minute, Log: slog.New(slog.DiscardHandler)}
	for _, port := range []pop3.Port{{}, {TLS: true}} {
		l := listen(t)
		o.Listeners = append(o.Listeners, l)
		go func() { _ = server.Serve(l, port) }()
	}
	m, err := newMailbox(o.Directory)
	if err != nil {
		t.Fatal(err)
	}
	return o, m
}

func listen(t *testing.T) *acceptor.Listener {
	t.Helper()
	socket, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	l := acceptor.New(socket.(*net.TCPListener))
	t.Cleanup(func() { l.Close() })
	return l
}

// Alive is called after a session on each port, and only then.
func TestPing(t *testing.T) {
	o, m := newServer(t)
	alive := 0
	o.Alive = func() error { alive++; return nil }
	if err := o.ping(m); err != nil || alive != 1 {
		t.Errorf("a server that works: %v, %d pings", err, alive)
	}
	if stats := o.Server.Stats(); stats != (pop3.Stats{}) {
		t.Errorf("the self test was counted: %+v", stats)
	}
	if err := os.WriteFile(filepath.Join(m.account.Maildrop, "cur", file), []byte("changed\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := o.ping(m); err == nil || !strings.Contains(err.Error(), "self test: ") {
		t.Errorf("another message: %v", err)
	}
	o.Server.Close()
	o.Interval = 30 * time.Millisecond
	if err := o.ping(m); err == nil || alive != 1 {
		t.Errorf("a closed server: %v, %d pings", err, alive)
	}
}

// A port whose accept loop hangs fails the test.
func TestPingHungLoop(t *testing.T) {
	o, m := newServer(t)
	o.Listeners = append(o.Listeners, listen(t)) // No loop accepts from it.
	o.Interval = 300 * time.Millisecond
	o.Alive = func() error { t.Error("ping"); return nil }
	if err := o.ping(m); err == nil || !strings.Contains(err.Error(), errNotAccepted.Error()) {
		t.Errorf("got %v", err)
	}
}

// A server with max-servers sessions passes the test without accepting a connection.
func TestPingFull(t *testing.T) {
	o, m := newServer(t)
	for !o.Server.Full() {
		conn, err := net.Dial("tcp", o.Listeners[0].Addr().String())
		if err != nil {
			t.Fatal(err)
		}
		defer conn.Close()
		if _, err := conn.Read(make([]byte, 3)); err != nil {
			t.Fatal(err)
		}
	}
	conn, err := net.Dial("tcp", o.Listeners[0].Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	alive := 0
	o.Interval = 3 * time.Second
	o.Alive = func() error { alive++; return nil }
	if err := o.ping(m); err != nil || alive != 1 {
		t.Errorf("%v, %d pings", err, alive)
	}
}

// A mailbox that cannot be made is logged once, and Alive is still called.
func TestRunWithoutMailbox(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var log strings.Builder
		ctx, cancel := context.WithCancel(t.Context())
		alive := 0
		Run(ctx, Options{
			Directory: filepath.Join(t.TempDir(), "missing"), Interval: time.Minute, Log: slog.New(slog.NewTextHandler(&log, nil)),
			Alive: func() error {
				if alive++; alive == 3 {
					cancel()
				}
				return nil
			},
		})
		if got := strings.Count(log.String(), "make the mailbox of the self test"); got != 1 || alive != 3 {
			t.Errorf("%d pings, logged %d times:\n%s", alive, got, log.String())
		}
	})
}

// Run removes its mailbox, and those of processes that were killed.
func TestRunRemovesMailboxes(t *testing.T) {
	o, _ := newServer(t) // Its mailbox is an old one.
	o.Own = true
	ctx, cancel := context.WithCancel(t.Context())
	o.Alive = func() error { cancel(); return nil }
	Run(ctx, *o)
	if left, err := os.ReadDir(o.Directory); err != nil || len(left) > 0 {
		t.Errorf("left %v, %v", left, err)
	}
}

func TestDirectory(t *testing.T) {
	run, state := t.TempDir(), t.TempDir()
	tests := []struct {
		run, state, want string
		own              bool
	}{
		{run + ":/other", state, run, true},
		{"/missing", state, state, true},
		{"", state, state, true},
		{"", "/missing", os.TempDir(), false},
		{"", "", os.TempDir(), false},
	}
	for _, tt := range tests {
		environment := map[string]string{"RUNTIME_DIRECTORY": tt.run, "STATE_DIRECTORY": tt.state}
		if dir, own := Directory(func(name string) string { return environment[name] }); dir != tt.want || own != tt.own {
			t.Errorf("%q, %q: %q, %v; want %q, %v", tt.run, tt.state, dir, own, tt.want, tt.own)
		}
	}
}
