package pop3_test

import (
	"context"
	"crypto/tls"
	"io"
	"net"
	"testing"
	"testing/synctest"
	"time"

	"tpops/pkg/pop3"
)

// blocked are the places where a session can wait before it has a maildrop:
// what brings it there, and whether its client goes on reading.
var blocked = map[string]struct {
	silent bool // the client takes nothing
	work   bool // the server has work to finish, which Shutdown waits for
	bring  func(tr *transcript, c *client)
}{
	"reading":        {false, false, func(*transcript, *client) {}},
	"in a line":      {false, false, func(_ *transcript, c *client) { c.send("USER mr") }},
	"writing":        {true, false, func(_ *transcript, c *client) { c.send("CAPA\r\n") }},
	"in a challenge": {false, false, func(_ *transcript, c *client) { c.send("AUTH WAYS\r\n") }},
	"in a handshake": {false, false, func(_ *transcript, c *client) { c.want(c.ask("STLS"), "+OK begin TLS negotiation") }},
	"writing in a handshake": {true, false, func(tr *transcript, c *client) {
		c.want(c.ask("STLS"), "+OK begin TLS negotiation")
		go func() { _ = tls.Client(deaf{c.Conn, c.t.Context().Done()}, tr.clientConfig()).Handshake() }()
	}},
	"delayed before the check": {false, false, func(tr *transcript, c *client) {
		tr.guarded().delay = 5 * time.Hour
		c.send("USER mrose\r\nPASS wrong\r\n")
	}},
	"delayed after the check": {false, false, func(_ *transcript, c *client) { c.send("USER mrose\r\nPASS wrong\r\n") }},
	"asking the database":     {false, true, func(_ *transcript, c *client) { c.send("USER mrose\r\nPASS hang\r\n") }},
	"opening": {false, true, func(tr *transcript, c *client) {
		tr.backend.Open = func(ctx context.Context, _ *pop3.Account, _ *pop3.Client) (pop3.Mailbox, error) {
			<-ctx.Done()
			return nil, context.Cause(ctx)
		}
		c.send("USER unproven\r\nPASS tanstaaf\r\n")
	}},
}

// deaf is a connection from which nothing is read.
type deaf struct {
	net.Conn
	done <-chan struct{}
}

// Read waits until the test is done.
func (d deaf) Read([]byte) (int, error) {
	<-d.done
	return 0, io.EOF
}

func (c *client) send(text string) {
	go func() { _, _ = io.WriteString(c, text) }()
}

// eachBlocked runs a test with a session in each place where it can wait, on a
// server with room for one.
func eachBlocked(t *testing.T, prepare func(*pop3.Backend), test func(t *testing.T, tr *transcript, s *pop3.Server, l *pipeListener, work bool)) {
	for name, place := range blocked {
		t.Run(name, func(t *testing.T) {
			serve(t, 1, func(t *testing.T, tr *transcript, s *pop3.Server, l *pipeListener) {
				tr.backend.ErrorInterval = 5 * time.Hour
				tr.backend.ConnectionKeepTime = 10 * time.Hour
				tr.backend.CommandTimeout = 8 * time.Hour
				tr.guarded()
				if err := directives["tls"](tr, ""); err != nil {
					t.Fatal(err)
				}
				prepare(tr.backend)
				c := dial(t, l)
				c.want(c.line(), "+OK TPOPS ready.")
				place.bring(tr, c)
				if !place.silent {
					go func() { _, _ = io.Copy(io.Discard, c.in) }()
				}
				synctest.Wait()
				test(t, tr, s, l, place.work)
			})
		})
	}
}

// next reports how long it takes until another client is greeted.
func next(t *testing.T, l *pipeListener) time.Duration {
	t.Helper()
	start := time.Now()
	c := dial(t, l)
	c.want(c.line(), "+OK TPOPS ready.")
	return time.Since(start)
}

// A session that gives way to another one leaves at once, whatever it waits for.
func TestEvictedAnywhere(t *testing.T) {
	eachBlocked(t, func(*pop3.Backend) {}, func(t *testing.T, tr *transcript, _ *pop3.Server, l *pipeListener, _ bool) {
		tr.guarded().evict(refusals["evict"])
		if took := next(t, l); took > 200*time.Millisecond {
			t.Errorf("the next client waited %v", took)
		}
	})
}

// Close ends it at once.
func TestClosedAnywhere(t *testing.T) {
	eachBlocked(t, func(*pop3.Backend) {}, func(t *testing.T, _ *transcript, s *pop3.Server, _ *pipeListener, _ bool) {
		start := time.Now()
		s.Close()
		if took := time.Since(start); took > time.Second {
			t.Errorf("Close took %v", took)
		}
	})
}

// Shutdown ends it unless its login is at work, which login-time bounds.
func TestStoppedAnywhere(t *testing.T) {
	login := func(b *pop3.Backend) { b.LoginTime = time.Minute }
	eachBlocked(t, login, func(t *testing.T, _ *transcript, s *pop3.Server, _ *pipeListener, work bool) {
		start, most := time.Now(), time.Second
		if work {
			most += time.Minute
		}
		if err := s.Shutdown(t.Context()); err != nil {
			t.Error(err)
		}
		if took := time.Since(start); took > most {
			t.Errorf("Shutdown took %v", took)
		}
	})
}

// login-time ends it, but not before the delays that it is made to wait.
func TestLoginTimeAnywhere(t *testing.T) {
	login := func(b *pop3.Backend) { b.LoginTime = time.Minute }
	eachBlocked(t, login, func(t *testing.T, tr *transcript, _ *pop3.Server, l *pipeListener, _ bool) {
		if took := next(t, l); took > 5*time.Hour+time.Minute+2*time.Second {
			t.Errorf("the next client waited %v", took)
		}
	})
}

// So does connection-keep-time, of which delays take their part.
func TestKeepTimeAnywhere(t *testing.T) {
	short := func(b *pop3.Backend) { b.ConnectionKeepTime = time.Hour }
	eachBlocked(t, short, func(t *testing.T, _ *transcript, _ *pop3.Server, l *pipeListener, _ bool) {
		if took := next(t, l); took > time.Hour+2*time.Second {
			t.Errorf("the next client waited %v", took)
		}
	})
}

// A user whose password fits is not ended by login-time while the maildrop is
// opened, which is the server's work.
func TestLoginTimeSparesOpening(t *testing.T) {
	serve(t, 1, func(t *testing.T, tr *transcript, _ *pop3.Server, l *pipeListener) {
		tr.backend.LoginTime = time.Minute
		open := tr.backend.Open
		tr.backend.Open = func(ctx context.Context, a *pop3.Account, c *pop3.Client) (pop3.Mailbox, error) {
			time.Sleep(time.Hour / 2)
			if ctx.Err() != nil {
				return nil, context.Cause(ctx)
			}
			return open(ctx, a, c)
		}
		dial(t, l).login("+OK mrose has 0 messages (0 octets)")
	})
}

// Commands pipelined after an eviction are not executed.
func TestEvictedPipelined(t *testing.T) {
	serve(t, 1, func(t *testing.T, tr *transcript, _ *pop3.Server, l *pipeListener) {
		g := tr.guarded()
		g.delay = time.Hour
		c := dial(t, l)
		c.want(c.line(), "+OK TPOPS ready.")
		c.send("USER mrose\r\nPASS tanstaaf\r\nQUIT\r\n")
		c.want(c.line(), "+OK password required")
		synctest.Wait()
		g.evict(refusals["evict"])
		text, err := io.ReadAll(c.in)
		if want := "-ERR " + pop3.ErrBeforeLogin.Error() + "\r\n"; string(text) != want || err != nil {
			t.Errorf("%q, %v; want %q", text, err, want)
		}
	})
}
