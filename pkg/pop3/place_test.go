package pop3_test

import (
	"context"
	"io"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"tpops/pkg/pop3"
)

// onePlace is a Guard with one place for all sessions together.
type onePlace struct {
	taken atomic.Pointer[placeHolder]
	asks  atomic.Int64
}

// placeHolder is a Limiter of onePlace.
type placeHolder struct{ guard *onePlace }

func (g *onePlace) Accept(pop3.Connection) (pop3.Limiter, *pop3.Refusal) { return &placeHolder{g}, nil }
func (l *placeHolder) Begin(pop3.Attempt) (pop3.Permit, *pop3.Refusal)   { return pop3.Permit{}, nil }
func (l *placeHolder) End(string, error)                                 {}
func (l *placeHolder) LogOut()                                           { l.Close() }
func (l *placeHolder) Close()                                            { l.guard.taken.CompareAndSwap(l, nil) }

func (l *placeHolder) LogIn(string, int) *pop3.Refusal {
	l.guard.asks.Add(1)
	if l.guard.taken.CompareAndSwap(nil, l) {
		return nil
	}
	return &pop3.Refusal{Answer: pop3.ErrPerUser, Reason: "sessions of the user", Parameter: "max-per-user", Count: 1}
}

// named gives accounts a Maildir.
type named struct{ pop3.Authenticator }

func (n named) Authenticate(ctx context.Context, a pop3.Attempt) (*pop3.Account, error) {
	account, err := n.Authenticator.Authenticate(ctx, a)
	if account != nil {
		account.Maildrop = "/box"
	}
	return account, err
}

// withPlace gives the sessions of a backend one place, and one Maildir.
func withPlace(g *onePlace, takeover time.Duration) func(*pop3.Backend) {
	return func(b *pop3.Backend) {
		withLock(10_000, takeover)(b)
		b.Guard, b.Authenticator = g, named{b.Authenticator}
	}
}

// TestTakeOverPlace checks that a session whose client is silent does not use up the only
// place of its user.
func TestTakeOverPlace(t *testing.T) {
	eachParking(t, 2, withPlace(&onePlace{}, 1), func(t *testing.T, p *parking) {
		first, _ := p.loggedIn()
		p.wait(1)
		second, _ := p.loggedIn()
		first.want(first.line(), "EOF")
		second.want(second.ask("QUIT"), "+OK server signing off")
		p.server.Close()
		if log := p.log.String(); !strings.Contains(log, `reason="taken over"`) {
			t.Error(log)
		}
	})
}

// TestTakeOverPlaceNot checks that the limit holds, without a wait, if the other session is
// not silent for long enough, or if sessions are never taken over.
func TestTakeOverPlaceNot(t *testing.T) {
	for name, takeover := range map[string]time.Duration{"alive": time.Hour, "never": 0} {
		t.Run(name, func(t *testing.T) {
			g := &onePlace{}
			eachParking(t, 2, withPlace(g, takeover), func(t *testing.T, p *parking) {
				g.asks.Store(0)
				first, _ := p.loggedIn()
				p.wait(1)
				second, _ := p.dial()
				second.login("-ERR [IN-USE] too many sessions of this user")
				if n := g.asks.Load(); n != 2 {
					t.Errorf("the limit was asked %d times", n)
				}
				first.want(first.ask("QUIT"), "+OK server signing off")
			})
		})
	}
}

// TestTakeOverPlaceAsks checks that the parent is asked about a session of another process.
func TestTakeOverPlaceAsks(t *testing.T) {
	g := &onePlace{}
	p := newParking(t, 2, false, withPlace(g, 1))
	var asked atomic.Int64
	p.server.AskTakeOver = func(maildrop string, _ time.Duration) *pop3.SessionInfo {
		if maildrop != "/box" {
			t.Errorf("asks for %q", maildrop)
		}
		asked.Add(1)
		return nil
	}
	g.taken.Store(&placeHolder{g}) // of another process
	second, _ := p.dial()
	second.login("-ERR [IN-USE] too many sessions of this user")
	if asked.Load() != 1 {
		t.Errorf("asked %d times", asked.Load())
	}
}

// unproven has the opener check passwords.
type unproven struct{ pop3.Authenticator }

func (u unproven) Authenticate(ctx context.Context, a pop3.Attempt) (*pop3.Account, error) {
	account, err := u.Authenticator.Authenticate(ctx, a)
	if account != nil {
		account.Unproven = true
	}
	return account, err
}

// TestPlaceOfFailedLogin checks that a login that fails after the limits were applied does not
// use up a place of its user while its connection is open.
func TestPlaceOfFailedLogin(t *testing.T) {
	fails := func(err error) func(*pop3.Backend) {
		return func(b *pop3.Backend) {
			b.Open = func(context.Context, *pop3.Account, *pop3.Client) (pop3.Mailbox, error) { return nil, err }
		}
	}
	tests := map[string]struct {
		change func(*pop3.Backend)
		logins int // that succeed before
		reply  string
	}{
		"locked":      {fails(pop3.ErrLocked), 0, "-ERR [IN-USE] cannot lock"},
		"temporary":   {fails(io.ErrUnexpectedEOF), 0, "-ERR [SYS/TEMP] service unavailable, try again later"},
		"login-delay": {func(b *pop3.Backend) { b.LoginDelay = time.Hour }, 2, "-ERR [LOGIN-DELAY] you have logged in too short a time ago"},
		"login-delay of a proxy": {func(b *pop3.Backend) {
			b.LoginDelay, b.Authenticator = time.Hour, unproven{b.Authenticator}
		}, 2, "-ERR [LOGIN-DELAY] you have logged in too short a time ago"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			g := &onePlace{}
			p := newParking(t, 3, false, func(b *pop3.Backend) {
				withPlace(g, 0)(b)
				test.change(b)
			})
			for i := range test.logins {
				c, _ := p.loggedIn()
				c.want(c.ask("QUIT"), "+OK server signing off")
				p.ended(i + 1)
			}
			for range 2 {
				c, _ := p.dial()
				c.login(test.reply)
				c.want(c.ask("USER mrose"), "+OK password required") // again on the same connection
				c.want(c.ask("PASS tanstaaf"), test.reply)
				if g.taken.Load() != nil {
					t.Error("the failed login has the place")
				}
			}
			if g.asks.Load() != int64(4+test.logins) {
				t.Errorf("the limit was asked %d times", g.asks.Load())
			}
		})
	}
}
