package pop3_test

import (
	"context"
	"strings"
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
			var later []*pop3.Suspended
			s.Later(func(p *pop3.Suspended) { later = append(later, p) })
			ctx, cancel := context.WithTimeout(t.Context(), time.Second)
			defer cancel()
			if rest := s.Suspend(ctx); len(rest) != 0 || (len(later) == 1) != reads {
				t.Errorf("%d sessions of Suspend, %d of Later", len(rest), len(later))
			}
			s.Abandon(later...)
		})
	}
}
