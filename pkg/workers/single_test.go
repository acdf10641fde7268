package workers

import (
	"bufio"
	"errors"
	"log/slog"
	"net"
	"os"
	"syscall"
	"testing"
	"time"

	"tpops/pkg/pop3"
)

// serveOne starts ServeOne, and returns its client and what it returns.
func serveOne(t *testing.T, signals chan os.Signal) (*client, chan error) {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	c := (&run{t: t, address: l.Addr().String()}).dial()
	conn, err := l.Accept()
	if err != nil {
		t.Fatal(err)
	}
	configuration := load(t, "--drain-time=600")
	served := make(chan error, 1)
	go func() {
		served <- ServeOne(Single{
			Config: configuration, Log: slog.New(slog.DiscardHandler), Ended: func(*pop3.Summary) {},
			Backend: newBackend(configuration), Ready: func() error { return nil }, Signals: signals,
			Asked: func(string) time.Time { return time.Time{} },
		}, conn, pop3.Port{})
	}()
	return c, served
}

func TestServeOne(t *testing.T) {
	c, served := serveOne(t, nil)
	c.logIn()
	c.ask("QUIT", "+OK")
	if err := <-served; err != nil {
		t.Error(err)
	}
}

func TestServeOneSignals(t *testing.T) {
	for _, signal := range []os.Signal{syscall.SIGTERM, syscall.SIGINT} {
		signals := make(chan os.Signal, 2)
		c, served := serveOne(t, signals)
		c.logIn()
		signals <- syscall.SIGHUP // has no effect
		c.ask("STAT", "+OK 1 ")
		signals <- signal
		if err := <-served; err != nil {
			t.Errorf("%v: %v", signal, err)
		}
		c.closed("")
	}
}

func TestServeOneNotReady(t *testing.T) {
	want := errors.New("no service manager")
	configuration := load(t)
	_, conn := net.Pipe()
	err := ServeOne(Single{Config: configuration, Backend: newBackend(configuration), Ready: func() error { return want }}, conn, pop3.Port{})
	if !errors.Is(err, want) {
		t.Errorf("%v", err)
	}
}

// SIGINT ends the session at once, also while SIGTERM waits for a command.
func TestServeOneInterruptedDrain(t *testing.T) {
	signals := make(chan os.Signal, 2)
	c, served := serveOne(t, signals)
	c.ask("", "+OK")
	c.ask("USER hang", "+OK")
	if _, err := c.Write([]byte("PASS x\r\n")); err != nil {
		t.Fatal(err)
	}
	signals <- syscall.SIGTERM
	signals <- syscall.SIGTERM // A second one has no effect.
	select {
	case err := <-served:
		t.Fatalf("ended before the command: %v", err)
	case signals <- syscall.SIGINT: // Both others were received.
	}
	select {
	case err := <-served:
		if err != nil {
			t.Error(err)
		}
	case <-time.After(patience):
		t.Fatal("SIGINT has no effect after SIGTERM")
	}
}

// patience is shorter than the drain-time of serveOne.
const patience = 20 * time.Second

// A session ends when another process has asked for its Maildir, unless sessions are never taken
// over.
func TestServeOneYields(t *testing.T) {
	for _, tt := range []struct {
		silent time.Duration
		asked  bool
		ends   bool
	}{{1, true, true}, {1, false, false}, {0, true, false}, {time.Hour, true, false}} {
		backend := newBackend(load(t))
		backend.LockTakeover = tt.silent
		server := pop3.NewServer(backend, 1, nil, nil)
		ours, conn := net.Pipe()
		c := &client{t, ours, bufio.NewReader(ours)}
		go func() { _ = server.ServeConn(conn, pop3.Port{}, nil) }()
		c.logIn()
		at := time.Unix(1, 0)
		s := &Single{Backend: backend, Asked: func(maildrop string) time.Time {
			if maildrop != os.TempDir() {
				t.Errorf("looks at %q", maildrop)
			}
			if tt.asked {
				at = at.Add(time.Second)
			}
			return at
		}}
		before := time.Time{}
		if tt.ends {
			go func() {
				for before = s.yield(server, before); !before.IsZero(); before = s.yield(server, before) {
					time.Sleep(time.Millisecond) // The session may be at work.
				}
			}()
			c.closed("")
		} else {
			for range 3 {
				before = s.yield(server, before)
			}
			c.ask("STAT", "+OK 1 ")
		}
		_ = ours.Close()
		server.Close()
	}
}
