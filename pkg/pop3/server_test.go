package pop3_test

import (
	"bufio"
	"context"
	"errors"
	"io"
	"net"
	"strings"
	"testing"
	"testing/iotest"
	"testing/synctest"
	"time"

	"tpops/pkg/pop3"
	"tpops/pkg/pop3/pop3test"
)

// pipeListener is a listener in memory.
type pipeListener struct {
	conns     chan net.Conn
	errs      chan error
	closed    chan struct{}
	holdClose bool // the first Close comes too late for a connection
}

func newPipeListener() *pipeListener {
	return &pipeListener{conns: make(chan net.Conn), errs: make(chan error), closed: make(chan struct{})}
}

func (l *pipeListener) Accept() (net.Conn, error) {
	select {
	case c := <-l.conns:
		return c, nil
	case err := <-l.errs:
		return nil, err
	case <-l.closed:
		return nil, net.ErrClosed
	}
}

func (l *pipeListener) Close() error {
	if l.holdClose {
		l.holdClose = false
		return nil
	}
	select {
	case <-l.closed:
	default:
		close(l.closed)
	}
	return nil
}

func (l *pipeListener) Addr() net.Addr { return &net.UnixAddr{Name: "pipe"} }

// client is a connection to a server under test.
type client struct {
	t *testing.T
	net.Conn
	in *bufio.Reader
}

func dial(t *testing.T, l *pipeListener) *client {
	ours, theirs := net.Pipe()
	go func() {
		select {
		case l.conns <- theirs:
		case <-l.closed:
			_ = theirs.Close() // As the kernel does with what waits in a socket's queue.
		}
	}()
	t.Cleanup(func() { _ = ours.Close() })
	return &client{t, ours, bufio.NewReader(ours)}
}

func (c *client) line() string {
	text, err := c.in.ReadString('\n')
	if err != nil {
		return err.Error()
	}
	return strings.TrimSuffix(text, "\r\n")
}

func (c *client) ask(command string) string {
	if _, err := io.WriteString(c, command+"\r\n"); err != nil {
		return err.Error()
	}
	return c.line()
}

func (c *client) login(want string) {
	c.t.Helper()
	c.want(c.line(), "+OK TPOPS ready.")
	c.want(c.ask("USER mrose"), "+OK password required")
	c.want(c.ask("PASS tanstaaf"), want)
}

func (c *client) want(got, want string) {
	c.t.Helper()
	if got != want {
		c.t.Fatalf("got %.100q, want %q", got, want)
	}
}

// serve runs a test in a bubble with a server that serves a listener.
func serve(t *testing.T, max int, test func(t *testing.T, tr *transcript, s *pop3.Server, l *pipeListener)) {
	synctest.Test(t, func(t *testing.T) {
		tr := newTranscript(t)
		s := pop3.NewServer(tr.backend, max, nil, nil)
		l := newPipeListener()
		done := make(chan error)
		go func() { done <- s.Serve(l, pop3.Port{}) }()
		synctest.Wait()
		test(t, tr, s, l)
		s.Close()
		if err := <-done; !errors.Is(err, pop3.ErrServerClosed) {
			t.Errorf("Serve: %v", err)
		}
	})
}

func TestServerMax(t *testing.T) {
	serve(t, 2, func(t *testing.T, _ *transcript, _ *pop3.Server, l *pipeListener) {
		first, second := dial(t, l), dial(t, l)
		first.want(first.line(), "+OK TPOPS ready.")
		second.want(second.line(), "+OK TPOPS ready.")
		third := dial(t, l)
		_ = third.SetReadDeadline(time.Now().Add(time.Minute))
		third.want(third.line(), "read pipe: i/o timeout")
		_ = third.SetReadDeadline(time.Time{})
		first.want(first.ask("QUIT"), "+OK server signing off")
		third.want(third.line(), "+OK TPOPS ready.")
	})
}

func TestServerShutdown(t *testing.T) {
	serve(t, 5, func(t *testing.T, tr *transcript, s *pop3.Server, l *pipeListener) {
		tr.drop.Add("one\n")
		c := dial(t, l)
		c.login("+OK mrose has 1 messages (5 octets)")
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		if err := s.Shutdown(ctx); !errors.Is(err, context.DeadlineExceeded) {
			t.Fatalf("Shutdown with a session at work: %v", err)
		}
		late := dial(t, l)
		late.want(late.line(), "EOF")
		c.want(c.ask("DELE 1"), "+OK message deleted")
		c.want(c.ask("QUIT"), "+OK server signing off")
		if err := s.Shutdown(t.Context()); err != nil || len(tr.drop.Texts()) != 0 {
			t.Errorf("Shutdown: %v, %d messages left", err, len(tr.drop.Texts()))
		}
	})
}

// A client that has not logged in does not keep the server from its end.
func TestServerShutdownBeforeLogin(t *testing.T) {
	tests := []struct {
		name string
		sent string // after the greeting
	}{
		{"silent", ""},
		{"at its password", "USER mrose\r\n"},
		{"in the middle of a line", "USER mro"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			serve(t, 5, func(t *testing.T, _ *transcript, s *pop3.Server, l *pipeListener) {
				c := dial(t, l)
				c.want(c.line(), "+OK TPOPS ready.")
				if _, err := io.WriteString(c, test.sent); err != nil {
					t.Fatal(err)
				}
				if strings.HasSuffix(test.sent, "\n") {
					c.want(c.line(), "+OK password required")
				}
				start := time.Now()
				done := make(chan error)
				go func() { done <- s.Shutdown(t.Context()) }()
				c.want(c.line(), "-ERR [SYS/TEMP] service unavailable, try again later")
				c.want(c.line(), "EOF")
				if err := <-done; err != nil || time.Since(start) != 0 {
					t.Errorf("Shutdown: %v after %v", err, time.Since(start))
				}
			})
		})
	}
}

// A client that has logged in keeps its time for the next command.
func TestServerShutdownAfterLogin(t *testing.T) {
	serve(t, 5, func(t *testing.T, tr *transcript, s *pop3.Server, l *pipeListener) {
		c := dial(t, l)
		c.login("+OK mrose has 0 messages (0 octets)")
		time.Sleep(tr.backend.CommandTimeout - time.Minute)
		done := make(chan error)
		go func() { done <- s.Shutdown(t.Context()) }()
		synctest.Wait()
		c.want(c.ask("NOOP"), "+OK")
		start := time.Now()
		if err := <-done; err != nil || time.Since(start) != tr.backend.CommandTimeout {
			t.Errorf("Shutdown: %v after %v of silence", err, time.Since(start))
		}
	})
}

func TestServerClose(t *testing.T) {
	serve(t, 5, func(t *testing.T, tr *transcript, s *pop3.Server, l *pipeListener) {
		tr.drop.Add("one\n")
		c := dial(t, l)
		c.login("+OK mrose has 1 messages (5 octets)")
		c.want(c.ask("DELE 1"), "+OK message deleted")
		waiting := dial(t, l)
		waiting.want(waiting.line(), "+OK TPOPS ready.")
		s.Close()
		c.want(c.line(), "EOF")
		waiting.want(waiting.line(), "EOF")
		if m, err := tr.drop.Open(); err != nil || m.Listing().Len() != 1 {
			t.Errorf("after Close: %v", err)
		}
	})
}

func TestServerCloseDuringDelay(t *testing.T) {
	serve(t, 5, func(t *testing.T, _ *transcript, s *pop3.Server, l *pipeListener) {
		c := dial(t, l)
		c.want(c.line(), "+OK TPOPS ready.")
		c.want(c.ask("USER mrose"), "+OK password required")
		go func() { _ = c.ask("PASS wrong") }()
		synctest.Wait()
		start := time.Now()
		s.Close()
		if waited := time.Since(start); waited != 0 {
			t.Errorf("Close waited %v for an answer that was delayed", waited)
		}
	})
}

func TestServerSetBackend(t *testing.T) {
	serve(t, 5, func(t *testing.T, tr *transcript, s *pop3.Server, l *pipeListener) {
		released := ""
		next := func(name string) *pop3.Backend {
			b := *tr.backend
			b.Implementation = name
			b.Release = func() { released += name }
			return &b
		}
		implementation := func(c *client) string {
			c.want(c.ask("CAPA"), "+OK")
			last := ""
			for line := c.line(); line != "."; line = c.line() {
				last = line
			}
			return last
		}
		s.SetBackend(next("B"))
		c := dial(t, l)
		c.want(c.line(), "+OK TPOPS ready.")
		s.SetBackend(next("C"))
		d := dial(t, l)
		d.want(d.line(), "+OK TPOPS ready.")
		c.want(implementation(c), "IMPLEMENTATION B")
		d.want(implementation(d), "IMPLEMENTATION C")
		if released != "" {
			t.Errorf("released %q while in use", released)
		}
		c.want(c.ask("QUIT"), "+OK server signing off")
		synctest.Wait()
		if released != "B" {
			t.Errorf("released %q, want B", released)
		}
		s.SetBackend(next("D"))
		s.SetBackend(next("E"))
		if released != "BD" {
			t.Errorf("released %q, want BD: nobody had D", released)
		}
		s.Close()
		s.SetBackend(next("F"))
		if released != "BDCEF" && released != "BDECF" {
			t.Errorf("released %q, want all", released)
		}
		if err := s.ServeConn(d, pop3.Port{}, nil); !errors.Is(err, pop3.ErrServerClosed) {
			t.Errorf("ServeConn after Close: %v", err)
		}
		if err := s.Serve(newPipeListener(), pop3.Port{}); !errors.Is(err, pop3.ErrServerClosed) {
			t.Errorf("Serve after Close: %v", err)
		}
	})
}

func TestServerAcceptError(t *testing.T) {
	serve(t, 1, func(t *testing.T, _ *transcript, _ *pop3.Server, l *pipeListener) {
		start := time.Now()
		for range 10 {
			l.errs <- errors.New("too many open files")
		}
		c := dial(t, l)
		c.want(c.line(), "+OK TPOPS ready.")
		if waited := time.Since(start); waited < time.Second || waited > 10*time.Second {
			t.Errorf("waited %v after errors", waited)
		}
	})
}

func TestServeListenerClosed(t *testing.T) {
	s := pop3.NewServer(newTranscript(t).backend, 1, nil, nil)
	l := newPipeListener()
	_ = l.Close()
	if err := s.Serve(l, pop3.Port{}); !errors.Is(err, net.ErrClosed) {
		t.Errorf("Serve: %v", err)
	}
}

// A client that takes its mail slowly but steadily is not idle; one that takes
// nothing is; and connection-keep-time cuts off the first one too.
func TestSlowReader(t *testing.T) {
	message := "\n" + strings.Repeat("x", 1000) + "\n"
	tests := []struct {
		name string
		keep time.Duration
		rest time.Duration // between two octets
		want string
		took time.Duration
	}{
		{"steady", 1000 * time.Hour, 9 * time.Minute, "x", 998 * 9 * time.Minute},
		{"idle", 1000 * time.Hour, 21 * time.Minute, "EOF", 21 * time.Minute},
		{"cut off", 10 * time.Hour, 9 * time.Minute, "EOF", 10*time.Hour + 3*time.Minute},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			serve(t, 1, func(t *testing.T, tr *transcript, s *pop3.Server, l *pipeListener) {
				b := *tr.backend
				b.ConnectionKeepTime = test.keep
				s.SetBackend(&b)
				tr.drop.Add(message)
				c := dial(t, l)
				c.login("+OK mrose has 1 messages (1004 octets)")
				c.in = bufio.NewReader(iotest.OneByteReader(c))
				c.want(c.ask("RETR 1"), "+OK 1004 octets")
				start := time.Now()
				got := ""
				for one := make([]byte, 1); len(got) < 998; {
					time.Sleep(test.rest)
					if _, err := c.Read(one); err != nil {
						got = err.Error()
						break
					}
					got += string(one)
				}
				if !strings.HasSuffix(got, test.want) || time.Since(start) != test.took {
					t.Errorf("after %v: %.50q, want %q after %v", time.Since(start), got, test.want, test.took)
				}
			})
		})
	}
}

// An idle session holds no output buffer and allocates nothing while it waits
// for its client; its commands allocate little.
func TestSessionAllocations(t *testing.T) {
	drop := pop3test.NewMemory("one\n")
	tr := &transcript{t: t, drop: drop}
	ours, theirs := net.Pipe()
	s := pop3.NewServer(&pop3.Backend{
		Authenticator:  users{tr},
		Open:           func(context.Context, *pop3.Account, *pop3.Client) (pop3.Mailbox, error) { return drop.Open() },
		CommandTimeout: time.Hour, ConnectionKeepTime: time.Hour,
	}, 1, nil, nil)
	done := make(chan error)
	go func() { done <- s.ServeConn(theirs, pop3.Port{}, nil) }()
	c := &client{t, ours, bufio.NewReader(ours)}
	c.login("+OK mrose has 1 messages (5 octets)")
	noop, reply := []byte("NOOP\r\n"), make([]byte, 5)
	n := testing.AllocsPerRun(1000, func() {
		_, _ = c.Write(noop)
		_, _ = io.ReadFull(c, reply)
	})
	if n > 8 {
		t.Errorf("%v allocations for a command and its answer, want at most 8", n)
	}
	s.Close()
	if err := <-done; err != nil {
		t.Error(err)
	}
}
