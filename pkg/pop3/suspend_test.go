package pop3_test

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"tpops/pkg/pop3"
	"tpops/pkg/pop3/pop3test"
)

// Sessions finish the command they are at; those that cannot are closed, and
// nothing is deleted.
func TestSuspendBusy(t *testing.T) {
	serve(t, 5, func(t *testing.T, tr *transcript, s *pop3.Server, l *pipeListener) {
		tr.drop.Add("\n" + strings.Repeat("x", 1<<20) + "\n")
		c := dial(t, l)
		c.login("+OK mrose has 1 messages (1048580 octets)")
		c.want(c.ask("RETR 1"), "+OK 1048580 octets")
		idle := dial(t, l)
		idle.want(idle.line(), "+OK TPOPS ready.")
		ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
		defer cancel()
		start := time.Now()
		sessions := s.Suspend(ctx)
		if waited := time.Since(start); waited != 10*time.Second || len(sessions) != 1 {
			t.Errorf("%d sessions at rest after %v, want 1 after 10s", len(sessions), waited)
		}
		if _, err := io.ReadAll(c.in); err != nil || len(tr.drop.Texts()) != 1 {
			t.Errorf("the busy one: %v, %d messages left", err, len(tr.drop.Texts()))
		}
		if err := sessions[0].Conn.Close(); err != nil {
			t.Error(err)
		}
	})
}

// delaying is a guard with a delay until a time, whatever the session does meanwhile.
type delaying struct {
	scripted
	until  time.Time
	begins int
}

// Accept implements pop3.Guard.
func (g *delaying) Accept(pop3.Connection) (pop3.Limiter, *pop3.Refusal) { return g, nil }

// Begin implements pop3.Limiter. It ends a loop that does not wait.
func (g *delaying) Begin(pop3.Attempt) (pop3.Permit, *pop3.Refusal) {
	if g.begins++; g.begins > 1000 {
		return pop3.Permit{}, nil
	}
	return pop3.Permit{Delay: max(time.Until(g.until), 0)}, nil
}

// A session waits for the rest of the guard's delay, and is suspended after it.
func TestSuspendDuringGuardDelay(t *testing.T) {
	serve(t, 5, func(t *testing.T, tr *transcript, s *pop3.Server, l *pipeListener) {
		guard := &delaying{until: time.Now().Add(20 * time.Second)}
		tr.backend.Guard = guard
		c := dial(t, l)
		c.want(c.line(), "+OK TPOPS ready.")
		c.want(c.ask("USER mrose"), "+OK password required")
		atRest := make(chan []*pop3.Suspended)
		time.AfterFunc(5*time.Second, func() { atRest <- s.Suspend(t.Context()) })
		c.want(c.ask("PASS tanstaaf"), "+OK mrose has 0 messages (0 octets)")
		if guard.begins > 3 || time.Now().Before(guard.until) {
			t.Errorf("the guard was asked %d times, and the login was over %v early", guard.begins, time.Until(guard.until))
		}
		for _, p := range <-atRest {
			if err := errors.Join(p.Mailbox.Close(), p.Conn.Close()); err != nil {
				t.Error(err)
			}
		}
	})
}

// A session in the middle of RETR is suspended after it.
func TestSuspendDuringRETR(t *testing.T) {
	serve(t, 5, func(t *testing.T, tr *transcript, s *pop3.Server, l *pipeListener) {
		tr.drop.Add("\n" + strings.Repeat("x", 1<<20) + "\n")
		c := dial(t, l)
		c.login("+OK mrose has 1 messages (1048580 octets)")
		c.want(c.ask("RETR 1"), "+OK 1048580 octets")
		atRest := make(chan []*pop3.Suspended)
		go func() { atRest <- s.Suspend(t.Context()) }()
		synctest.Wait()
		if got := c.line() + c.line(); len(got) != 1<<20 {
			t.Errorf("%d octets", len(got))
		}
		c.want(c.line(), ".")
		next := pop3.NewServer(tr.backend, 1, nil, nil)
		sessions := <-atRest
		if err := next.Resume(sessions[0]); err != nil {
			t.Fatal(err)
		}
		c.want(c.ask("LAST"), "+OK 1")
		next.Close()
		if err := next.Resume(sessions[0]); err != pop3.ErrServerClosed {
			t.Errorf("Resume after Close: %v", err)
		}
	})
}

// A client that has the delayed answer to a wrong password coming gets it.
func TestSuspendDuringDelay(t *testing.T) {
	serve(t, 5, func(t *testing.T, _ *transcript, s *pop3.Server, l *pipeListener) {
		c := dial(t, l)
		c.want(c.line(), "+OK TPOPS ready.")
		c.want(c.ask("USER mrose"), "+OK password required")
		answer := make(chan string)
		go func() { answer <- c.ask("PASS wrong") }()
		synctest.Wait()
		start := time.Now()
		done := make(chan []*pop3.Suspended)
		go func() { done <- s.Suspend(t.Context()) }()
		c.want(<-answer, "-ERR [AUTH] authentication failed")
		if sessions := <-done; len(sessions) != 0 || time.Since(start) != 0 {
			t.Errorf("%d sessions at rest after %v", len(sessions), time.Since(start))
		}
	})
}

// A session that nobody can go on with ends, and deletes nothing.
func TestAbandon(t *testing.T) {
	serve(t, 5, func(t *testing.T, tr *transcript, s *pop3.Server, l *pipeListener) {
		tr.drop.Add("one\n")
		c := dial(t, l)
		c.login("+OK mrose has 1 messages (5 octets)")
		c.want(c.ask("DELE 1"), "+OK message deleted")
		sessions := s.Suspend(t.Context())
		go s.Abandon(sessions...)
		c.want(c.line(), "EOF")
		if stats := s.Stats(); stats.Mailboxes != 0 {
			t.Errorf("still counted: %+v", stats)
		}
		if m, err := tr.drop.Open(); err != nil || m.Listing().Len() != 1 {
			t.Errorf("the mailbox: %v", err)
		}
	})
}

// The end of a session that is abandoned is told like any other, even if no
// more than its connection is left.
func TestAbandonTold(t *testing.T) {
	const rejected = "-ERR [SYS/TEMP] service unavailable, try again later\r\n"
	tests := []struct {
		name, reply, log, summary string
		isNew                     bool
		state                     pop3.State
	}{
		{
			"after login", "", `msg="session end" session=1a remote=192.0.2.1 user=mrose reason="server closed"`, "192.0.2.1 mrose true 2 10", false,
			pop3.State{ID: "1a", Remote: "192.0.2.1", Login: "mrose", Transaction: pop3.Transaction{
				Account: &pop3.Account{Name: "mrose"}, Before: pop3.Drop{Messages: 2, Octets: 10},
			}},
		},
		{"before login", rejected, `remote=192.0.2.1 reason="server closed"`, "192.0.2.1  false 0 0", false, pop3.State{ID: "1a", Remote: "192.0.2.1"}},
		{"state lost", "", `remote=pipe reason="server closed"`, "pipe  false 0 0", false, pop3.State{}},
		{"new", rejected, `remote=pipe reason="server closed"`, "pipe  false 0 0", true, pop3.State{}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			var log strings.Builder
			told := ""
			s := pop3.NewServer(&pop3.Backend{CommandTimeout: time.Minute}, 1, slog.New(slog.NewTextHandler(&log, nil)), func(sum *pop3.Summary) {
				told = fmt.Sprint(sum.Remote, " ", sum.Name, " ", sum.LoggedIn, " ", sum.MessagesAfter, " ", sum.OctetsAfter)
			})
			client, conn := net.Pipe()
			done := make(chan bool)
			go func() {
				s.Abandon(&pop3.Suspended{State: test.state, Conn: conn, New: test.isNew})
				close(done)
			}()
			if reply, err := io.ReadAll(client); err != nil || string(reply) != test.reply {
				t.Errorf("the client got %q, %v", reply, err)
			}
			<-done
			if !strings.Contains(log.String(), test.log) || told != test.summary {
				t.Errorf("told %q, logged\n%s", told, log.String())
			}
		})
	}
}

func TestResumeIncoherent(t *testing.T) {
	server := pop3.NewServer(&pop3.Backend{}, 1, nil, nil)
	mailbox, err := pop3test.NewMemory("one\n").Open()
	if err != nil {
		t.Fatal(err)
	}
	var marks pop3.Marks
	marks.Delete(2)
	tests := []struct {
		name string
		s    pop3.Suspended
	}{
		{"an account without a mailbox", pop3.Suspended{State: pop3.State{Transaction: pop3.Transaction{Account: &pop3.Account{}}}}},
		{"a mailbox without an account", pop3.Suspended{Mailbox: mailbox}},
		{"marks beyond the messages", pop3.Suspended{State: pop3.State{Transaction: pop3.Transaction{Account: &pop3.Account{}, Marks: marks}}, Mailbox: mailbox}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			if err := server.Resume(&test.s); err == nil {
				t.Error("no error")
			}
		})
	}
}

func FuzzMarks(f *testing.F) {
	var marks pop3.Marks
	marks.Delete(1)
	marks.Delete(200)
	marks.See(64)
	b, err := marks.MarshalBinary()
	if err != nil {
		f.Fatal(err)
	}
	f.Add(b)
	f.Add([]byte{})
	f.Add([]byte{0, 0})
	f.Add([]byte{0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 1, 0})
	f.Fuzz(func(t *testing.T, b []byte) {
		var m, again pop3.Marks
		if m.UnmarshalBinary(b) != nil {
			return
		}
		c, err := m.MarshalBinary()
		if err != nil {
			t.Fatal(err)
		}
		if err := again.UnmarshalBinary(c); err != nil {
			t.Fatal(err)
		}
		for n := range m.Deleted() {
			if !again.IsDeleted(n) {
				t.Fatalf("%d is lost", n)
			}
		}
	})
}

// A connection that is accepted while the server is suspended is not lost: its
// client gets its greeting from whoever goes on.
func TestSuspendAccepted(t *testing.T) {
	serve(t, 5, func(t *testing.T, tr *transcript, s *pop3.Server, l *pipeListener) {
		l.holdClose = true
		atRest := make(chan []*pop3.Suspended)
		go func() { atRest <- s.Suspend(t.Context()) }()
		synctest.Wait()
		c := dial(t, l)
		c.want(c.line(), "+OK TPOPS ready.")
		sessions := <-atRest
		if len(sessions) != 1 {
			t.Fatalf("%d sessions at rest", len(sessions))
		}
		next := pop3.NewServer(tr.backend, 1, nil, nil)
		if err := next.Resume(sessions[0]); err != nil {
			t.Fatal(err)
		}
		c.want(c.ask("USER mrose"), "+OK password required")
		next.Close()
		_ = l.Close()
	})
}

// A session that tests the server goes the way of all, but nobody hears of it.
func TestServeConnQuiet(t *testing.T) {
	serve(t, 1, func(t *testing.T, tr *transcript, s *pop3.Server, l *pipeListener) {
		tr.backend.Quiet = true
		tr.drop.Add("one\n")
		ours, theirs := net.Pipe()
		go func() {
			if err := s.ServeConn(theirs, pop3.Port{}, tr.backend); err != nil {
				t.Error(err)
			}
		}()
		c := &client{t, ours, bufio.NewReader(ours)}
		c.login("+OK mrose has 1 messages (5 octets)")
		if stats := s.Stats(); stats != (pop3.Stats{}) {
			t.Errorf("counted: %+v", stats)
		}
		if sessions := s.Suspend(t.Context()); len(sessions) != 0 {
			t.Errorf("%d sessions at rest", len(sessions))
		}
		c.want(c.line(), "EOF")
		if m, err := tr.drop.Open(); err != nil {
			t.Errorf("the mailbox is still locked: %v", err)
		} else {
			_ = m.Close()
		}
	})
}

func TestStats(t *testing.T) {
	serve(t, 5, func(t *testing.T, _ *transcript, s *pop3.Server, l *pipeListener) {
		c, d := dial(t, l), dial(t, l)
		d.want(d.line(), "+OK TPOPS ready.")
		c.login("+OK mrose has 0 messages (0 octets)")
		if got, want := s.Stats(), (pop3.Stats{Sessions: 2, Mailboxes: 1, Logins: 1}); got != want {
			t.Errorf("%+v, want %+v", got, want)
		}
		c.want(c.ask("QUIT"), "+OK server signing off")
		d.want(d.ask("QUIT"), "+OK server signing off")
		synctest.Wait()
		if got, want := s.Stats(), (pop3.Stats{Logins: 1}); got != want {
			t.Errorf("%+v, want %+v", got, want)
		}
	})
}
