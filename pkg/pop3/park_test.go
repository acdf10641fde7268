package pop3_test

import (
	"fmt"
	"io"
	"runtime"
	"strings"
	"testing"
	"time"

	"tpops/pkg/pop3"
)

// A session goes on as if it had not been parked.
func TestParked(t *testing.T) {
	eachParking(t, 1, nil, func(t *testing.T, p *parking) {
		c, _ := p.connected()
		p.wait(1)
		c.want(c.ask("USER mrose"), "+OK password required")
		p.wait(1)
		c.want(c.ask("PASS tanstaaf"), "+OK mrose has 1 messages (5 octets)")
		for range 3 {
			p.wait(1)
			c.want(c.ask("RETR 1"), "+OK 5 octets")
			c.want(c.line(), "one")
			c.want(c.line(), ".")
		}
		p.wait(1)
		c.want(c.ask("DELE 1"), "+OK message deleted")
		p.wait(1)
		c.want(c.ask("QUIT"), "+OK server signing off")
		c.want(c.line(), "EOF")
		p.ended(1)
		if len(p.drop.Texts()) != 0 {
			t.Error("the message is still there")
		}
	})
}

// Parked sessions have no goroutine, whatever the number.
func TestParkedGoroutines(t *testing.T) {
	const sessions = 100
	eachParking(t, sessions, ownMaildrops, func(t *testing.T, p *parking) {
		p.connected()
		p.wait(1)
		one := runtime.NumGoroutine()
		for i := 1; i < sessions; i++ {
			if i%2 == 0 {
				p.connected()
			} else {
				p.loggedIn()
			}
		}
		p.wait(sessions)
		for range 1000 { // Goroutines that have parked a session still have to end.
			if runtime.NumGoroutine() <= one+1 {
				return
			}
			runtime.Gosched()
		}
		t.Errorf("%d goroutines with %d sessions, %d with one", runtime.NumGoroutine(), sessions, one)
	})
}

// What the client has sent ahead is answered before the session is parked, and
// a part of a command is kept.
func TestParkedPipelined(t *testing.T) {
	eachParking(t, 1, nil, func(t *testing.T, p *parking) {
		c, _ := p.connected()
		for _, part := range []string{"USER mrose\r\nPA", "SS tanst", "aaf\r\nNOOP\r\nST", "A", "T\r\nQUIT\r\n"} {
			p.wait(1)
			if _, err := io.WriteString(c, part); err != nil {
				t.Fatal(err)
			}
		}
		for _, want := range []string{"+OK password required", "+OK mrose has 1 messages (5 octets)", "+OK", "+OK 1 5", "+OK server signing off", "EOF"} {
			c.want(c.line(), want)
		}
	})
}

// TLS records that arrive in pieces, or several at once.
func TestParkedRecords(t *testing.T) {
	p := newParking(t, 1, true, nil)
	c, below := p.connected()
	p.wait(1)
	below.holds = true
	for _, command := range []string{"USER mrose\r\n", "PASS tanst", "aaf\r\nLIST 1\r\n"} {
		if _, err := io.WriteString(c, command); err != nil {
			t.Fatal(err)
		}
	}
	for range 7 {
		below.let(t, 1) // The header of a record alone, and an octet more.
		p.wait(1)
	}
	below.let(t, 30) // One record ends, and another begins.
	c.want(c.line(), "+OK password required")
	p.wait(1)
	below.let(t, -1)
	c.want(c.line(), "+OK mrose has 1 messages (5 octets)")
	c.want(c.line(), "+OK 1 5")
	p.wait(1)
	below.holds = false
	c.want(c.ask("NOOP "+strings.Repeat(" ", 900)), "+OK")
	p.wait(1)
	c.want(c.ask("QUIT"), "+OK server signing off")
}

// A client that goes away, closes its sending side, or breaks TLS.
func TestParkedGone(t *testing.T) {
	leave := map[string]struct {
		leave func(c *client, below *stutter)
		plain string // the reason in the log
		tls   string
	}{
		"closed":      {func(_ *client, below *stutter) { _ = below.Close() }, "connection closed by client", "connection closed by client"},
		"half closed": {func(_ *client, below *stutter) { _ = below.CloseWrite() }, "connection closed by client", "connection closed by client"},
		"after QUIT": {func(c *client, below *stutter) {
			_, _ = io.WriteString(c, "QUIT\r\n")
			_ = below.CloseWrite()
		}, "quit", "quit"},
		"in a command": {func(_ *client, below *stutter) {
			_, _ = io.WriteString(below.UnixConn, "QU")
			_ = below.CloseWrite()
		}, "connection closed by client", "connection lost"},
		"with unread data": {func(c *client, below *stutter) {
			_, _ = io.WriteString(c, "NOOP\r\nNOOP\r\n")
			_ = below.Close()
		}, "connection", "connection"},
		"garbage": {func(_ *client, below *stutter) {
			_, _ = io.WriteString(below.UnixConn, "\x17\x03\x03\x00\x05garba\xff\xff\xff\xff\xff\xff\n")
			_ = below.CloseWrite()
		}, "connection closed by client", "connection lost"},
	}
	for name, test := range leave {
		t.Run(name, func(t *testing.T) {
			eachParking(t, 1, nil, func(t *testing.T, p *parking) {
				c, below := p.loggedIn()
				p.wait(1)
				test.leave(c, below)
				p.ended(1)
				want := test.plain
				if p.tls {
					want = test.tls
				}
				if log := p.log.String(); !strings.Contains(log, `reason="`+want) && !strings.Contains(log, "reason="+want) {
					t.Errorf("want %q: %s", want, log)
				}
				if len(p.drop.Texts()) != 1 {
					t.Error("a message was deleted")
				}
			})
		})
	}
}

// The times of a parked session end it.
func TestParkedTimes(t *testing.T) {
	tests := map[string]struct {
		set  func(*pop3.Backend, time.Duration)
		want string
		log  string
	}{
		"command-timeout":      {func(b *pop3.Backend, d time.Duration) { b.CommandTimeout = d }, "EOF", "command timeout"},
		"connection-keep-time": {func(b *pop3.Backend, d time.Duration) { b.ConnectionKeepTime = d }, "-ERR connection time exceeded", "connection time exceeded"},
		"login-time":           {func(b *pop3.Backend, d time.Duration) { b.LoginTime = d }, "-ERR login time exceeded", "login time exceeded"},
	}
	for name, test := range tests {
		for _, encrypted := range []bool{false, true} {
			t.Run(fmt.Sprintf("%s, TLS %v", name, encrypted), func(t *testing.T) {
				p, c := parkedWithin(t, encrypted, test.set)
				if got := c.line(); got != test.want && !(test.want == "EOF" && strings.Contains(got, "EOF")) {
					t.Errorf("got %q, want %q", got, test.want)
				}
				p.ended(1)
				if !strings.Contains(p.log.String(), test.log) {
					t.Error(p.log.String())
				}
			})
		}
	}
}

// A command that arrives slowly has no more time than one that waits for it
// without being parked.
func TestParkedSlowCommand(t *testing.T) {
	for _, encrypted := range []bool{false, true} {
		t.Run(fmt.Sprintf("TLS %v", encrypted), func(t *testing.T) {
			p, c := parkedWithin(t, encrypted, func(b *pop3.Backend, d time.Duration) { b.CommandTimeout = d })
			for p.server.Connections() > 0 {
				if _, err := io.WriteString(c, "N"); err != nil {
					break
				}
				p.parkedOrEnded()
			}
			p.ended(1)
		})
	}
}

// parkedWithin returns a session that is parked before a time is over that set has
// set. On a busy machine a short time may end before.
func parkedWithin(t *testing.T, encrypted bool, set func(*pop3.Backend, time.Duration)) (*parking, *client) {
	for short := 50 * time.Millisecond; ; short *= 3 {
		p := newParking(t, 1, encrypted, func(b *pop3.Backend) { set(b, short) })
		c, _ := p.dial()
		if c.ask("NOOP") == "+OK TPOPS ready." && c.line() == "-ERR invalid command" && p.parkedOrEnded() > 0 {
			return p, c
		}
	}
}

// A session that gives way to another one frees its place at once.
func TestParkedEvicted(t *testing.T) {
	var g *scripted
	eachParking(t, 1, func(b *pop3.Backend) { g = &scripted{}; b.Guard = g }, func(t *testing.T, p *parking) {
		c, _ := p.connected()
		p.wait(1)
		g.evict(refusals["evict"])
		c.want(c.line(), "-ERR "+pop3.ErrBeforeLogin.Error())
		next, _ := p.connected()
		p.wait(1)
		next.want(next.ask("NOOP"), "-ERR invalid command")
	})
}

// A parked session holds its place, its Backend and its mailbox.
func TestParkedHolds(t *testing.T) {
	eachParking(t, 2, ownMaildrops, func(t *testing.T, p *parking) {
		released := make(chan struct{})
		p.backend.Release = func() { close(released) }
		c, _ := p.loggedIn()
		d, _ := p.loggedIn()
		p.wait(2)
		if stats := p.server.Stats(); stats.Sessions != 2 || stats.Mailboxes != 2 || !p.server.Full() {
			t.Errorf("%+v, full %v", stats, p.server.Full())
		}
		next := *p.backend
		next.Release = nil
		p.server.SetBackend(&next)
		c.want(c.ask("QUIT"), "+OK server signing off")
		select {
		case <-released:
			t.Error("the Backend of a parked session was released")
		default:
		}
		d.want(d.ask("QUIT"), "+OK server signing off")
		<-released
	})
}

// Shutdown ends those that have not logged in, and waits for the others.
func TestParkedShutdown(t *testing.T) {
	eachParking(t, 2, nil, func(t *testing.T, p *parking) {
		before, _ := p.connected()
		after, _ := p.loggedIn()
		p.wait(2)
		done := make(chan error)
		go func() { done <- p.server.Shutdown(t.Context()) }()
		before.want(before.line(), "-ERR [SYS/TEMP] service unavailable, try again later")
		p.wait(1)
		after.want(after.ask("NOOP"), "+OK")
		p.wait(1)
		after.want(after.ask("QUIT"), "+OK server signing off")
		if err := <-done; err != nil {
			t.Error(err)
		}
	})
}

// Another server goes on with parked sessions, and with what they have of a
// command. With TLS it is one of the same process.
func TestParkedSuspended(t *testing.T) {
	eachParking(t, 2, nil, func(t *testing.T, p *parking) {
		before, _ := p.connected()
		after, _ := p.loggedIn()
		p.wait(2)
		_, _ = io.WriteString(after, "DEL") // It may arrive after the next line.
		sessions := make(chan []*pop3.Suspended)
		go func() { sessions <- p.server.Suspend(t.Context()) }()
		next := pop3.NewServer(p.backend, 2, nil, nil)
		defer next.Close()
		for _, s := range <-sessions {
			if s.Stays() != p.tls {
				t.Errorf("stays: %t", s.Stays())
			}
			if err := next.Resume(s); err != nil {
				t.Fatal(err)
			}
		}
		for next.Parked() != 2 {
			runtime.Gosched()
		}
		before.want(before.ask("USER mrose"), "+OK password required")
		after.want(after.ask("E 1"), "+OK message deleted")
		after.want(after.ask("QUIT"), "+OK server signing off")
		if len(p.drop.Texts()) != 0 {
			t.Error("the message is still there")
		}
	})
}

// Close closes parked sessions, and deletes nothing.
func TestParkedClosed(t *testing.T) {
	eachParking(t, 20, ownMaildrops, func(t *testing.T, p *parking) {
		var clients []*client
		for range 20 {
			c, _ := p.loggedIn()
			c.want(c.ask("DELE 1"), "+OK message deleted")
			clients = append(clients, c)
		}
		p.wait(20)
		p.server.Close()
		for _, c := range clients {
			if got := c.line(); !strings.Contains(got, "EOF") {
				t.Errorf("got %q", got)
			}
		}
		p.ended(20)
		if log := p.log.String(); strings.Count(log, `reason="server closed"`) != 20 || strings.Count(log, "deleted=0") != 20 {
			t.Error(log)
		}
	})
}

// Sessions are parked and woken by their clients, all at once.
func TestParkedAtOnce(t *testing.T) {
	const sessions, commands = 30, 40
	eachParking(t, sessions, ownMaildrops, func(t *testing.T, p *parking) {
		failed := make(chan error, sessions)
		for range sessions {
			c, _ := p.loggedIn()
			go func() {
				for i := range commands {
					if got := c.ask("LIST 1"); got != "+OK 1 5" {
						failed <- fmt.Errorf("command %d: %s", i, got)
						return
					}
					if i%3 == 0 {
						runtime.Gosched()
					}
				}
				failed <- nil
			}()
		}
		for range sessions {
			if err := <-failed; err != nil {
				t.Error(err)
			}
		}
		p.wait(sessions)
	})
}
