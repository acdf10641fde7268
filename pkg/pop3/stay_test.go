package pop3_test

import (
	"bufio"
	"context"
	"crypto/tls"
	"io"
	"log/slog"
	"net"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"tpops/pkg/pop3"
)

// staying are the places in which a session cannot leave its process.
var staying = map[string]struct {
	begin func(c *client)
	end   func(c *client)
}{
	"before login": {
		func(c *client) { c.want(c.line(), "+OK TPOPS ready.") },
		func(c *client) {
			c.want(c.ask("USER mrose"), "+OK password required")
			c.want(c.ask("PASS tanstaaf"), "+OK mrose has 1 messages (5 octets)")
			c.want(c.ask("DELE 1"), "+OK message deleted")
		},
	},
	"after DELE": {
		func(c *client) {
			c.login("+OK mrose has 1 messages (5 octets)")
			c.want(c.ask("DELE 1"), "+OK message deleted")
		},
		func(c *client) { c.want(c.ask("STAT"), "+OK 0 0") },
	},
	"half a command": {
		func(c *client) {
			c.login("+OK mrose has 1 messages (5 octets)")
			c.want(c.ask("DELE 1"), "+OK message deleted")
			_, _ = io.WriteString(c, "ST")
		},
		func(c *client) { c.want(c.ask("AT"), "+OK 0 0") },
	},
	"SASL exchange": {
		func(c *client) {
			c.want(c.line(), "+OK TPOPS ready.")
			c.want(c.ask("AUTH PLAIN"), "+ ")
		},
		func(c *client) {
			c.want(c.ask("AG1yb3NlAHRhbnN0YWFm"), "+OK mrose has 1 messages (5 octets)")
			c.want(c.ask("DELE 1"), "+OK message deleted")
		},
	},
}

// eachStaying runs a test with a TLS session in each of these places, and what Suspend
// returns.
func eachStaying(t *testing.T, test func(t *testing.T, tr *transcript, c *client, end func(*client), sessions []*pop3.Suspended)) {
	for name, place := range staying {
		t.Run(name, func(t *testing.T) {
			secureWith(t, directives["sasl"], func(t *testing.T, tr *transcript, conn net.Conn) {
				tr.drop.Add("one\n")
				c := over(t, conn, tr.clientConfig())
				place.begin(c)
				synctest.Wait()
				sessions := tr.server.Suspend(t.Context())
				if len(sessions) != 1 || !sessions[0].Stays() {
					t.Fatalf("%d sessions at rest", len(sessions))
				}
				if stats := tr.server.Stats(); stats.Sessions != 0 || stats.Mailboxes != 0 {
					t.Errorf("still counted: %+v", stats)
				}
				test(t, tr, c, place.end, sessions)
			})
		})
	}
}

// A TLS session goes on in its process, with another server.
func TestResumeStaying(t *testing.T) {
	eachStaying(t, func(t *testing.T, tr *transcript, c *client, end func(*client), sessions []*pop3.Suspended) {
		next := tr.server.Successor()
		if err := next.Resume(sessions[0]); err != nil {
			t.Fatal(err)
		}
		time.Sleep(time.Minute / 2) // longer than the end of a server allows
		end(c)
		if stats := next.Stats(); stats.Sessions != 1 || stats.Mailboxes != 1 {
			t.Errorf("counted: %+v", stats)
		}
		c.want(c.ask("QUIT"), "+OK server signing off")
		next.Wait()
		if stats := next.Stats(); stats.Sessions != 0 || stats.Mailboxes != 0 || len(tr.drop.Texts()) != 0 {
			t.Errorf("%+v, %d messages left", stats, len(tr.drop.Texts()))
		}
	})
}

// A session that goes on in its process can be suspended and resumed there again.
func TestResumeStayingAgain(t *testing.T) {
	eachStaying(t, func(t *testing.T, tr *transcript, c *client, end func(*client), sessions []*pop3.Suspended) {
		next := tr.server.Successor()
		for range 3 {
			if err := next.Resume(sessions[0]); err != nil {
				t.Fatal(err)
			}
			synctest.Wait()
			if sessions = next.Suspend(t.Context()); len(sessions) != 1 {
				t.Fatalf("%d sessions at rest", len(sessions))
			}
			if err := next.Resume(sessions[0]); err != pop3.ErrServerClosed {
				t.Errorf("Resume after Suspend: %v", err)
			}
			next = next.Successor()
		}
		if err := next.Resume(sessions[0]); err != nil {
			t.Fatal(err)
		}
		end(c)
		c.want(c.ask("QUIT"), "+OK server signing off")
		next.Wait()
		if len(tr.drop.Texts()) != 0 {
			t.Errorf("%d messages left", len(tr.drop.Texts()))
		}
	})
}

// Without a process for it, the session ends in TLS, after the login without a reply, and
// nothing is deleted.
func TestAbandonStaying(t *testing.T) {
	eachStaying(t, func(t *testing.T, tr *transcript, c *client, _ func(*client), sessions []*pop3.Suspended) {
		go tr.server.Abandon(sessions...)
		if sessions[0].Mailbox == nil {
			c.want(c.line(), "-ERR [SYS/TEMP] service unavailable, try again later")
		}
		c.want(c.line(), "EOF")
		<-tr.served
		if m, err := tr.drop.Open(); err != nil || m.Listing().Len() != 1 {
			t.Errorf("the mailbox: %v", err)
		}
		if !strings.Contains(tr.log.String(), `reason="server closed"`) || strings.Contains(tr.log.String(), "login failed") {
			t.Error(tr.log.String())
		}
	})
}

// The Backend of a session that stays is released when the session has ended, and only once.
func TestStayingBackend(t *testing.T) {
	released := 0
	count := func(b *pop3.Backend) { b.Release = func() { released++ } }
	for _, resumes := range []bool{true, false} {
		released = 0
		secure(t, count, func(t *testing.T, tr *transcript, conn net.Conn) {
			c := over(t, conn, tr.clientConfig())
			c.want(c.line(), "+OK TPOPS ready.")
			sessions := tr.server.Suspend(t.Context())
			if released != 0 {
				t.Error("released while a session needs it")
			}
			if !resumes {
				go tr.server.Abandon(sessions...)
				_, _ = io.ReadAll(c.in)
				<-tr.served
				synctest.Wait()
				return
			}
			next := tr.server.Successor()
			if err := next.Resume(sessions[0]); err != nil {
				t.Fatal(err)
			}
			c.want(c.ask("QUIT"), "+OK server signing off")
			next.Close()
		})
		if released != 1 {
			t.Errorf("released %d times", released)
		}
	}
}

// The Backend of sessions of a server and of its successor is released when the last has ended,
// also if both end at the same moment.
func TestStayingBackendShared(t *testing.T) {
	var released atomic.Int64
	count := func(b *pop3.Backend) { b.Release = func() { released.Add(1) } }
	secure(t, count, func(t *testing.T, tr *transcript, _ net.Conn) {
		tr.drop.Add("\n" + strings.Repeat("x", 1<<20) + "\n")
		server := pop3.NewServer(tr.backend, 2, slog.New(slog.DiscardHandler), func(*pop3.Summary) {})
		connect := func() *client {
			ours, theirs := net.Pipe()
			go func() { _ = server.ServeConn(theirs, pop3.Port{TLS: true}, nil) }()
			return over(t, ours, tr.clientConfig())
		}
		busy, idle := connect(), connect()
		busy.login("+OK mrose has 1 messages (1048580 octets)")
		busy.want(busy.ask("RETR 1"), "+OK 1048580 octets")
		idle.want(idle.line(), "+OK TPOPS ready.")
		sessions := server.SuspendWithin(time.Second)
		if len(sessions) != 1 {
			t.Fatalf("%d sessions at rest", len(sessions))
		}
		next := server.Successor()
		if err := next.Resume(sessions[0]); err != nil {
			t.Fatal(err)
		}
		server.Later(func(*pop3.Suspended) { t.Error("the session goes on") })
		idle.want(idle.ask("QUIT"), "+OK server signing off")
		_ = busy.Close()
		next.Wait()
		server.Wait()
	})
	if n := released.Load(); n != 1 {
		t.Errorf("released %d times", n)
	}
}

// A RETR is finished first.
func TestSuspendTLSDuringRETR(t *testing.T) {
	secure(t, nil, func(t *testing.T, tr *transcript, conn net.Conn) {
		tr.drop.Add("\n" + strings.Repeat("x", 1<<20) + "\n")
		c := over(t, conn, tr.clientConfig())
		c.login("+OK mrose has 1 messages (1048580 octets)")
		c.want(c.ask("RETR 1"), "+OK 1048580 octets")
		rest := make(chan []*pop3.Suspended)
		go func() { rest <- tr.server.Suspend(t.Context()) }()
		synctest.Wait()
		if got := c.line() + c.line(); len(got) != 1<<20 {
			t.Errorf("%d octets", len(got))
		}
		c.want(c.line(), ".")
		next := tr.server.Successor()
		if err := next.Resume((<-rest)[0]); err != nil {
			t.Fatal(err)
		}
		c.want(c.ask("LAST"), "+OK 1")
		next.Close()
	})
}

// Before the client has sent anything of its handshake, another process can do it.
func TestSuspendBeforeHandshake(t *testing.T) {
	for _, stls := range []bool{false, true} {
		secure(t, nil, func(t *testing.T, tr *transcript, conn net.Conn) {
			if stls {
				_ = conn.Close()
				<-tr.served
				ours, theirs := net.Pipe()
				conn, tr.served = ours, make(chan struct{})
				tr.server = tr.newServer()
				go func() { _ = tr.server.ServeConn(theirs, pop3.Port{}, nil) }()
				c := &client{t, conn, bufio.NewReader(conn)}
				c.want(c.line(), "+OK TPOPS ready.")
				c.want(c.ask("STLS"), "+OK begin TLS negotiation")
			}
			synctest.Wait()
			sessions := tr.server.Suspend(t.Context())
			if len(sessions) != 1 || sessions[0].Stays() || !sessions[0].State.Authorization.Handshake {
				t.Fatalf("at rest: %+v", sessions)
			}
			next := tr.newServer()
			if err := next.Resume(sessions[0]); err != nil {
				t.Fatal(err)
			}
			c := over(t, conn, tr.clientConfig())
			if !stls {
				c.want(c.line(), "+OK TPOPS ready.")
			}
			c.want(c.ask("USER mrose"), "+OK password required")
			c.want(c.ask("QUIT"), "+OK server signing off")
			next.Close()
		})
	}
}

// A session that awaits TLS gets nothing in clear if it cannot be continued.
func TestAbandonBeforeHandshake(t *testing.T) {
	secure(t, nil, func(t *testing.T, tr *transcript, conn net.Conn) {
		synctest.Wait()
		go func() { tr.server.Abandon(tr.server.Suspend(t.Context())...) }()
		if got, _ := io.ReadAll(conn); len(got) > 0 {
			t.Errorf("sent in clear: %q", got)
		}
		<-tr.served
	})
}

// A handshake that has begun is waited for, but not for long.
func TestSuspendDuringHandshake(t *testing.T) {
	for _, finishes := range []bool{true, false} {
		secure(t, nil, func(t *testing.T, tr *transcript, conn net.Conn) {
			pause := time.Second
			if !finishes {
				pause = 20 * time.Second
			}
			slow := &slowConn{Conn: conn, pause: pause}
			secured := tls.Client(slow, tr.clientConfig())
			shaken := make(chan error, 1)
			c := &client{t, secured, bufio.NewReader(secured)}
			go func() {
				_, err := c.in.Peek(1) // does the handshake, and takes the greeting off the pipe
				shaken <- err
			}()
			time.Sleep(pause / 2) // The server has a part of the ClientHello.
			begun := time.Now()
			sessions := tr.server.Suspend(t.Context())
			if took := time.Since(begun); took > 3*time.Second {
				t.Errorf("suspended after %v", took)
			}
			if err := <-shaken; (err == nil) != finishes || len(sessions) != map[bool]int{true: 1}[finishes] {
				t.Fatalf("handshake: %v, %d sessions at rest", err, len(sessions))
			}
			if !finishes {
				return
			}
			next := tr.server.Successor()
			if err := next.Resume(sessions[0]); err != nil {
				t.Fatal(err)
			}
			c.login("+OK mrose has 0 messages (0 octets)")
			c.want(c.ask("QUIT"), "+OK server signing off")
			next.Wait()
		})
	}
}

// slowConn pauses in the middle of its first write.
type slowConn struct {
	net.Conn
	pause time.Duration
}

func (c *slowConn) Write(p []byte) (int, error) {
	if c.pause == 0 {
		return c.Conn.Write(p)
	}
	n, err := c.Conn.Write(p[:10])
	time.Sleep(c.pause)
	c.pause = 0
	if err != nil {
		return n, err
	}
	m, err := c.Conn.Write(p[10:])
	return n + m, err
}

// Without work to lose, a session in the handshake ends at once.
func TestStopDuringHandshake(t *testing.T) {
	for name, stop := range map[string]func(*pop3.Server){
		"shutdown": func(s *pop3.Server) { _ = s.Shutdown(context.Background()) },
		"close":    (*pop3.Server).Close,
	} {
		t.Run(name, func(t *testing.T) {
			secure(t, nil, func(t *testing.T, tr *transcript, conn net.Conn) {
				synctest.Wait()
				start := time.Now()
				stop(tr.server)
				<-tr.served
				if !strings.Contains(tr.log.String(), `reason="server closed"`) || time.Since(start) != 0 {
					t.Errorf("after %v: %s", time.Since(start), tr.log.String())
				}
			})
		})
	}
}
