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

// scripted is a guard that a transcript controls. It records the calls.
type scripted struct {
	delay  time.Duration
	waited bool
	refuse string // the call that returns a refusal
	evict  func(*pop3.Refusal)

	mu    sync.Mutex
	calls []string
}

var refusals = map[string]*pop3.Refusal{
	"accept": {Answer: pop3.ErrPerAddress, Reason: "connections of the address", Parameter: "max-per-address", Count: 50},
	"begin":  {Answer: pop3.ErrGuesses, Reason: "failed logins", Parameter: "guess-delay-max", Count: 9},
	"log in": {Answer: pop3.ErrPerUser, Reason: "sessions of the user", Parameter: "max-per-user", Count: 10},
	"evict":  {Answer: pop3.ErrBeforeLogin, Reason: "connections before login", Parameter: "max-before-login", Count: 500},
}

// record records a call. It returns the refusal if the transcript has set one.
func (g *scripted) record(call, argument string) *pop3.Refusal {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.calls = append(g.calls, strings.TrimSpace(call+" "+argument))
	if call == g.refuse {
		return refusals[call]
	}
	return nil
}

// Accept implements pop3.Guard.
func (g *scripted) Accept(c pop3.Connection) (pop3.Limiter, *pop3.Refusal) {
	g.evict = c.Evict
	argument := c.Account
	if c.Resumed {
		argument = strings.TrimSpace("resumed " + argument)
	}
	if refusal := g.record("accept", argument); refusal != nil {
		return nil, refusal
	}
	return g, nil
}

// Begin implements pop3.Limiter. At the second call the delay is over.
func (g *scripted) Begin(a pop3.Attempt) (pop3.Permit, *pop3.Refusal) {
	permit := pop3.Permit{Known: a.Login == "known"}
	if g.waited {
		g.waited = false
		return permit, nil
	}
	permit.Delay, g.waited = g.delay, g.delay > 0
	return permit, g.record("begin", a.Login)
}

// End implements pop3.Limiter.
func (g *scripted) End(login string, err error) {
	outcome := map[bool]string{true: " failed", false: ""}[errors.Is(err, pop3.ErrAuth)]
	g.record("end", login+outcome)
}

// LogIn implements pop3.Limiter.
func (g *scripted) LogIn(account string, _ int) *pop3.Refusal { return g.record("log in", account) }

// LogOut implements pop3.Limiter.
func (g *scripted) LogOut() { g.record("log out", "") }

// Close implements pop3.Limiter.
func (g *scripted) Close() { g.record("close", "") }

// guarded returns the guard of a transcript. The first call sets it.
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
	"guard-refuse": func(tr *transcript, arg string) error { // this call
		tr.guarded().refuse = arg
		return nil
	},
	"guard-evict": func(tr *transcript, _ string) error { // to make room for another connection
		synctest.Wait()
		tr.guarded().evict(refusals["evict"])
		return nil
	},
	"guard-calls": func(tr *transcript, arg string) error { // all since the last time
		synctest.Wait()
		g := tr.guarded()
		g.mu.Lock()
		defer g.mu.Unlock()
		if got := strings.Join(g.calls, ", "); got != arg {
			return fmt.Errorf("calls: %s", got)
		}
		g.calls = nil
		return nil
	},
	"login-time": func(tr *transcript, arg string) (err error) {
		tr.backend.LoginTime, err = time.ParseDuration(arg)
		return err
	},
}

// The guard gets the address of the client, also from an IPv6 listener that accepts
// IPv4.
func TestGuardAddress(t *testing.T) {
	var got []netip.Addr
	serve(t, 5, func(t *testing.T, tr *transcript, _ *pop3.Server, l *pipeListener) {
		tr.backend.Guard = guardFunc(func(c pop3.Connection) (pop3.Limiter, *pop3.Refusal) {
			got = append(got, c.Remote)
			return nil, refusals["accept"]
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
	if want := []string{"192.0.2.1", "192.0.2.2", "2001:db8::1"}; !slices.Equal(words(got), want) {
		t.Errorf("addresses %v, want %v", got, want)
	}
}

func words(addrs []netip.Addr) (words []string) {
	for _, a := range addrs {
		words = append(words, a.String())
	}
	return words
}

type guardFunc func(pop3.Connection) (pop3.Limiter, *pop3.Refusal)

// Accept implements pop3.Guard.
func (f guardFunc) Accept(c pop3.Connection) (pop3.Limiter, *pop3.Refusal) { return f(c) }

// addressed is a connection from an address.
type addressed struct {
	net.Conn
	from netip.Addr
}

// RemoteAddr implements net.Conn.
func (a addressed) RemoteAddr() net.Addr {
	return net.TCPAddrFromAddrPort(netip.AddrPortFrom(a.from, 1024))
}
