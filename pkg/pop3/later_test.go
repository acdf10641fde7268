package pop3_test

import (
	"context"
	"fmt"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"tpops/pkg/pop3"
)

// SuspendWithin does not wait for commands that take longer, and ends no session. Later gets
// the others when they have come to rest.
func TestSuspendWithin(t *testing.T) {
	serve(t, 5, func(t *testing.T, tr *transcript, s *pop3.Server, l *pipeListener) {
		tr.drop.Add("\n" + strings.Repeat("x", 1<<20) + "\n")
		busy := dial(t, l)
		busy.login("+OK mrose has 1 messages (1048580 octets)")
		busy.want(busy.ask("RETR 1"), "+OK 1048580 octets")
		idle := dial(t, l)
		idle.want(idle.line(), "+OK TPOPS ready.")
		begun := time.Now()
		sessions := s.SuspendWithin(2 * time.Second)
		if took := time.Since(begun); len(sessions) != 1 || took != 2*time.Second || s.Connections() != 1 {
			t.Fatalf("%d sessions at rest after %v, %d connections", len(sessions), took, s.Connections())
		}
		next := s.Successor()
		resume := func(p *pop3.Suspended) {
			if err := next.Resume(p); err != nil {
				t.Error(err)
			}
		}
		resume(sessions[0])
		s.Later(resume)
		time.Sleep(5 * time.Second) // The client reads nothing meanwhile.
		if got := busy.line() + busy.line(); len(got) != 1<<20 {
			t.Errorf("%d octets", len(got))
		}
		busy.want(busy.line(), ".")
		s.Wait()
		busy.want(busy.ask("LAST"), "+OK 1")
		busy.want(busy.ask("DELE 1"), "+OK message deleted")
		busy.want(busy.ask("QUIT"), "+OK server signing off")
		idle.want(idle.ask("QUIT"), "+OK server signing off")
		next.Wait()
		if len(tr.drop.Texts()) != 0 {
			t.Error("the message is still there")
		}
	})
}

// A session that comes to rest between SuspendWithin and Later is not lost. Suspend ends
// those that are still busy.
func TestLaterAndSuspend(t *testing.T) {
	for _, reads := range []bool{true, false} {
		serve(t, 5, func(t *testing.T, tr *transcript, s *pop3.Server, l *pipeListener) {
			tr.drop.Add("\n" + strings.Repeat("x", 1<<20) + "\n")
			c := dial(t, l)
			c.login("+OK mrose has 1 messages (1048580 octets)")
			c.want(c.ask("RETR 1"), "+OK 1048580 octets")
			if sessions := s.SuspendWithin(time.Second); len(sessions) != 0 {
				t.Fatalf("%d sessions at rest", len(sessions))
			}
			if reads {
				for c.line() != "." {
				}
				synctest.Wait()
			}
			if n := s.Connections(); n != 1 {
				t.Errorf("%d connections", n) // Otherwise the process would end.
			}
			var later []*pop3.Suspended
			s.Later(func(p *pop3.Suspended) { later = append(later, p) })
			ctx, cancel := context.WithTimeout(t.Context(), time.Second)
			defer cancel()
			if rest := s.Suspend(ctx); len(rest) != 0 || (len(later) == 1) != reads || s.Connections() != 0 {
				t.Errorf("%d sessions of Suspend, %d of Later, %d connections", len(rest), len(later), s.Connections())
			}
			s.Abandon(later...)
		})
	}
}

// Close of a server does not close the connection of a session that goes on elsewhere.
func TestLaterAndClose(t *testing.T) {
	serve(t, 5, func(t *testing.T, tr *transcript, s *pop3.Server, l *pipeListener) {
		tr.drop.Add("\n" + strings.Repeat("x", 1<<20) + "\n")
		c := dial(t, l)
		c.login("+OK mrose has 1 messages (1048580 octets)")
		c.want(c.ask("RETR 1"), "+OK 1048580 octets")
		if sessions := s.SuspendWithin(time.Second); len(sessions) != 0 {
			t.Fatalf("%d sessions at rest", len(sessions))
		}
		next := s.Successor()
		s.Later(func(p *pop3.Suspended) {
			go s.Close()
			synctest.Wait() // Close waits for this session.
			if err := next.Resume(p); err != nil {
				t.Error(err)
			}
		})
		for c.line() != "." {
		}
		c.want(c.ask("QUIT"), "+OK server signing off")
		next.Wait()
	})
}

// The Backend is not released before the last session has ended that the successor goes on with:
// also if there is none for a moment, and if the Backend is replaced meanwhile.
func TestLaterBackend(t *testing.T) {
	for _, busy := range []bool{true, false} {
		for _, idle := range []bool{true, false} {
			for _, reloads := range []bool{true, false} {
				for name, end := range map[string]func(*pop3.Server){"Wait": (*pop3.Server).Wait, "Close": (*pop3.Server).Close} {
					t.Run(fmt.Sprintf("busy %v, idle %v, reloads %v, %s", busy, idle, reloads, name), func(t *testing.T) {
						testLaterBackend(t, busy, idle, reloads, end)
					})
				}
			}
		}
	}
}

func testLaterBackend(t *testing.T, busy, idle, reloads bool, end func(*pop3.Server)) {
	serve(t, 5, func(t *testing.T, tr *transcript, s *pop3.Server, l *pipeListener) {
		var first, second atomic.Int32 // how often they were released
		s.SetBackend(counting(tr.backend, &first))
		tr.drop.Add("\n" + strings.Repeat("x", 1<<20) + "\n")
		var clients []*client
		if busy {
			clients = append(clients, dial(t, l))
			clients[0].login("+OK mrose has 1 messages (1048580 octets)")
			clients[0].want(clients[0].ask("RETR 1"), "+OK 1048580 octets")
		}
		if idle {
			c := dial(t, l)
			c.want(c.line(), "+OK TPOPS ready.")
			clients = append(clients, c)
		}
		next := succeed(t, s)
		if reloads {
			next.SetBackend(counting(tr.backend, &second))
		}
		for busy && clients[0].line() != "." {
		}
		synctest.Wait()
		end(s)
		for _, c := range clients {
			if (idle || !reloads) && first.Load() != 0 || second.Load() != 0 {
				t.Errorf("released %d and %d times during a session", first.Load(), second.Load())
			}
			c.want(c.ask("QUIT"), "+OK server signing off")
		}
		end(next)
		if first.Load() != 1 || reloads && second.Load() != 1 {
			t.Errorf("released %d and %d times", first.Load(), second.Load())
		}
	})
}

// counting returns a copy of a Backend that counts how often it is released.
func counting(b *pop3.Backend, released *atomic.Int32) *pop3.Backend {
	counted := *b
	counted.Release = func() { released.Add(1) }
	return &counted
}

// succeed has the Successor of a server go on with its sessions.
func succeed(t *testing.T, s *pop3.Server) *pop3.Server {
	t.Helper()
	sessions := s.SuspendWithin(time.Second)
	synctest.Wait()
	next := s.Successor()
	resume := func(p *pop3.Suspended) {
		if err := next.Resume(p); err != nil {
			t.Error(err)
		}
	}
	for _, p := range sessions {
		resume(p)
	}
	s.Later(resume)
	return next
}

// Suspend after SuspendWithin leaves no session that needs the Backend.
func TestSuspendBackend(t *testing.T) {
	serve(t, 5, func(t *testing.T, tr *transcript, s *pop3.Server, l *pipeListener) {
		var released atomic.Int32
		s.SetBackend(counting(tr.backend, &released))
		c := dial(t, l)
		c.want(c.line(), "+OK TPOPS ready.")
		sessions := s.SuspendWithin(time.Second)
		if released.Load() != 0 {
			t.Error("released while a Successor could need it")
		}
		sessions = append(sessions, s.Suspend(t.Context())...)
		if len(sessions) != 1 || released.Load() != 1 {
			t.Errorf("%d sessions, released %d times", len(sessions), released.Load())
		}
		go s.Abandon(sessions...)
		c.want(c.line(), "-ERR [SYS/TEMP] service unavailable, try again later")
	})
}
