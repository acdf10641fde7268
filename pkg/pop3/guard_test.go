package pop3_test

import (
	"errors"
	"fmt"
	"io"
	"net"
	"net/netip"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"tpops/pkg/pop3"
)

// scripted is a guard that does as it is told, and writes down what is asked
// of it.
type scripted struct {
	delay  time.Duration
	waited bool
	refuse string // the question that is answered with a refusal
	evict  func(*pop3.Refusal)

	mu    sync.Mutex
	asked []string
}

var refusals = map[string]*pop3.Refusal{
	"enter":  {Answer: pop3.ErrPerAddress, Reason: "connections of the address", Parameter: "max-per-address", Count: 50},
	"try":    {Answer: pop3.ErrGuesses, Reason: "failed logins", Parameter: "guess-delay-max", Count: 9},
	"log in": {Answer: pop3.ErrPerUser, Reason: "sessions of the user", Parameter: "max-per-user", Count: 10},
	"evict":  {Answer: pop3.ErrBeforeLogin, Reason: "connections before login", Parameter: "max-before-login", Count: 500},
}

// note writes a question down, and returns the refusal if it is to be refused.
func (g *scripted) note(question, about string) *pop3.Refusal {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.asked = append(g.asked, strings.TrimSpace(question+" "+about))
	if question == g.refuse {
		return refusals[question]
	}
	return nil
}

// Enter implements pop3.Guard.
func (g *scripted) Enter(v pop3.Visitor) (pop3.Place, *pop3.Refusal) {
	g.evict = v.Evict
	about := v.Account
	if v.Resumed {
		about = strings.TrimSpace("again " + about)
	}
	if refusal := g.note("enter", about); refusal != nil {
		return nil, refusal
	}
	return g, nil
}

// Known implements pop3.Place.
func (g *scripted) Known(login string) bool { return login == "known" }

// Try implements pop3.Place. The second call finds that the delay is over.
func (g *scripted) Try(login, _ string) (time.Duration, *pop3.Refusal) {
	if g.waited {
		g.waited = false
		return 0, nil
	}
	g.waited = g.delay > 0
	return g.delay, g.note("try", login)
}

// Tried implements pop3.Place.
func (g *scripted) Tried(login string, err error) {
	outcome := map[bool]string{true: " failed", false: ""}[errors.Is(err, pop3.ErrAuth)]
	g.note("tried", login+outcome)
}

// LogIn implements pop3.Place.
func (g *scripted) LogIn(account string, _ int) *pop3.Refusal { return g.note("log in", account) }

// Leave implements pop3.Place.
func (g *scripted) Leave() { g.note("leave", "") }

// guarded returns the guard of a transcript, and gives it one.
func (tr *transcript) guarded() *scripted {
	g, ok := tr.backend.Guard.(*scripted)
	if !ok {
		g = &scripted{}
		tr.backend.Guard = g
	}
	return g
}

// guardDirectives are those of transcripts with a guard.
var guardDirectives = map[string]func(tr *transcript, arg string) error{
	"guard-delay": func(tr *transcript, arg string) (err error) { // before a password is checked
		tr.guarded().delay, err = time.ParseDuration(arg)
		return err
	},
	"guard-refuse": func(tr *transcript, arg string) error { // answer this question with a refusal
		tr.guarded().refuse = arg
		return nil
	},
	"guard-evict": func(tr *transcript, _ string) error { // somebody else needs the place
		synctest.Wait()
		tr.guarded().evict(refusals["evict"])
		return nil
	},
	"guard-asked": func(tr *transcript, arg string) error { // and nothing else, since the last time
		synctest.Wait()
		g := tr.guarded()
		g.mu.Lock()
		defer g.mu.Unlock()
		if got := strings.Join(g.asked, ", "); got != arg {
			return fmt.Errorf("asked: %s", got)
		}
		g.asked = nil
		return nil
	},
	"login-time": func(tr *transcript, arg string) (err error) {
		tr.backend.LoginTime, err = time.ParseDuration(arg)
		return err
	},
}

// The address that the guard sees is the client's, also behind a listener that
// speaks IPv6 only.
func TestGuardAddress(t *testing.T) {
	var seen []netip.Addr
	serve(t, 5, func(t *testing.T, tr *transcript, _ *pop3.Server, l *pipeListener) {
		tr.backend.Guard = guardFunc(func(v pop3.Visitor) (pop3.Place, *pop3.Refusal) {
			seen = append(seen, v.Remote)
			return nil, refusals["enter"]
		})
		for _, addr := range []string{"192.0.2.1", "::ffff:192.0.2.2", "2001:db8::1"} {
			ours, theirs := net.Pipe()
			l.conns <- addressed{theirs, netip.MustParseAddr(addr)}
			text, err := io.ReadAll(ours)
			if string(text) != "-ERR "+pop3.ErrPerAddress.Error()+"\r\n" || err != nil {
				t.Errorf("%s: %q, %v", addr, text, err)
			}
		}
	})
	if want := []string{"192.0.2.1", "192.0.2.2", "2001:db8::1"}; !slices.Equal(words(seen), want) {
		t.Errorf("seen %v, want %v", seen, want)
	}
}

func words(addrs []netip.Addr) (words []string) {
	for _, a := range addrs {
		words = append(words, a.String())
	}
	return words
}

type guardFunc func(pop3.Visitor) (pop3.Place, *pop3.Refusal)

// Enter implements pop3.Guard.
func (f guardFunc) Enter(v pop3.Visitor) (pop3.Place, *pop3.Refusal) { return f(v) }

// addressed is a connection from an address.
type addressed struct {
	net.Conn
	from netip.Addr
}

// RemoteAddr implements net.Conn.
func (a addressed) RemoteAddr() net.Addr {
	return net.TCPAddrFromAddrPort(netip.AddrPortFrom(a.from, 1024))
}
