package pop3_test

import (
	"context"
	"runtime"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"tpops/pkg/pop3"
)

// lockable opens one mailbox at a time, as a Maildir does.
type lockable struct {
	open  pop3.Opener
	taken atomic.Bool
	asks  int // how often Locked is called before the login fails
}

// lockedMailbox gives the lock back when it is closed.
type lockedMailbox struct {
	pop3.Mailbox
	lock *lockable
	once atomic.Bool
}

func (m *lockedMailbox) Close() error {
	err := m.Mailbox.Close()
	if !m.once.Swap(true) {
		m.lock.taken.Store(false)
	}
	return err
}

func (l *lockable) Open(ctx context.Context, a *pop3.Account, c *pop3.Client) (pop3.Mailbox, error) {
	for try := 0; !l.taken.CompareAndSwap(false, true); try++ {
		if try >= l.asks {
			return nil, pop3.ErrLocked
		}
		c.Locked()
		for range 1000 { // The other session ends, or does not.
			runtime.Gosched()
		}
	}
	m, err := l.open(ctx, a, c)
	if err != nil {
		l.taken.Store(false)
		return nil, err
	}
	return &lockedMailbox{Mailbox: m, lock: l}, nil
}

// withLock has the sessions of a backend lock one Maildir.
func withLock(asks int, takeover time.Duration) func(*pop3.Backend) {
	return func(b *pop3.Backend) {
		b.LockTakeover = takeover
		b.Open = (&lockable{open: b.Open, asks: asks}).Open
	}
}

// TestTakeOver checks that a login ends the session of a silent client, which is parked,
// without deleting anything.
func TestTakeOver(t *testing.T) {
	eachParking(t, 2, withLock(10_000, 1), func(t *testing.T, p *parking) {
		first, _ := p.loggedIn()
		first.want(first.ask("DELE 1"), "+OK message deleted")
		p.wait(1)
		second, _ := p.loggedIn()
		first.want(first.line(), "EOF")
		second.want(second.ask("STAT"), "+OK 1 5")
		if p.wait(1); p.server.Holders() != 0 {
			t.Error("a session that waits remembers the one before it")
		}
		second.want(second.ask("QUIT"), "+OK server signing off")
		p.server.Close()
		log := p.log.String()
		if !strings.Contains(log, `reason="taken over"`) || !strings.Contains(log, `error="client silent for `) {
			t.Error(log)
		}
	})
}

// TestTakeOverNot checks that a login is rejected, with the address and the age of the
// other session, if that session is not silent for long enough, or if sessions are never
// taken over.
func TestTakeOverNot(t *testing.T) {
	for name, takeover := range map[string]time.Duration{"alive": time.Hour, "never": 0} {
		t.Run(name, func(t *testing.T) {
			eachParking(t, 2, withLock(1, takeover), func(t *testing.T, p *parking) {
				first, _ := p.loggedIn()
				p.wait(1)
				second, _ := p.dial()
				second.login("-ERR [IN-USE] cannot lock: in use from local for 0 min")
				first.want(first.ask("QUIT"), "+OK server signing off")
				p.server.Close()
				if log := p.log.String(); !strings.Contains(log, "cannot lock: session ") || !strings.Contains(log, ", last command ") {
					t.Error(log)
				}
			})
		})
	}
}

// TestHeldByHostile checks that what another process shows of its session adds no line to a
// reply or to the log, and does not make a reply too long.
func TestHeldByHostile(t *testing.T) {
	for name, remote := range map[string]string{
		"lines": "192.0.2.1\r\n+OK 0 messages\x00\x1b[2J", "long": strings.Repeat("x", 10_000),
	} {
		t.Run(name, func(t *testing.T) {
			p := newParking(t, 2, false, withLock(1, time.Hour))
			p.server.AskTakeOver = func(string, time.Duration) *pop3.SessionInfo {
				return &pop3.SessionInfo{ID: remote, Remote: remote, LoginAt: time.Now(), CommandAt: time.Now()}
			}
			first, _ := p.loggedIn()
			second, _ := p.connected()
			second.want(second.ask("USER mrose"), "+OK password required")
			answer := second.ask("PASS tanstaaf")
			if !strings.HasPrefix(answer, "-ERR [IN-USE] cannot lock: in use from ") || !strings.HasSuffix(answer, " for 0 min") ||
				len(answer) > 510 || strings.ContainsAny(answer, "\r\n\x00\x1b") {
				t.Errorf("%q", answer)
			}
			second.want(second.ask("NOOP"), "-ERR invalid command")
			first.want(first.ask("QUIT"), "+OK server signing off")
			p.server.Close()
			if log := p.log.String(); strings.Contains(log, "\x1b") || strings.Contains(log, strings.Repeat("x", 500)) {
				t.Error(log)
			}
		})
	}
}
