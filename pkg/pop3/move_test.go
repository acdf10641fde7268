package pop3_test

import (
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"tpops/pkg/pop3"
)

// moves is how often each test moves sessions. The race detector sees most faults at once.
const moves = 20

// move has the successor of a server go on with sessions that stay in their process.
func (p *parking) move(server *pop3.Server, sessions []*pop3.Suspended) (next *pop3.Server) {
	next = server.Successor()
	next.ParkSoon()
	p.t.Cleanup(next.Close)
	for _, s := range sessions {
		if err := next.Resume(s); err != nil {
			p.t.Error(err)
		}
	}
	return next
}

// TestMovesWhileSeen checks that a server does not look any more at a session that another
// one goes on with.
func TestMovesWhileSeen(t *testing.T) {
	p := newParking(t, 2, true, nil)
	var clients []*client
	for range 2 {
		c := over(t, dial(t, p.l).Conn, p.clientConfig()) // A pipe is never parked.
		c.want(c.line(), "+OK TPOPS ready.")
		clients = append(clients, c)
	}
	server := p.server
	for range moves {
		seen, last := 0, server
		for range last.Sessions() {
			if seen++; seen > 1 {
				t.Error("the last server shows a session of the next one")
				continue
			}
			server = p.move(last, last.Suspend(t.Context()))
			for _, c := range clients {
				c.want(c.ask("USER mrose"), "+OK password required")
			}
		}
	}
	for _, c := range clients {
		c.want(c.ask("QUIT"), "+OK server signing off")
	}
	server.Wait()
}

// TestMovesWhileTakenOver checks that a login can ask for the Maildir of a session that another
// server begins to go on with.
func TestMovesWhileTakenOver(t *testing.T) {
	p := newParking(t, 1, true, nil)
	c, _ := p.loggedIn()
	server := p.server
	for range moves {
		var asks sync.WaitGroup
		last, moved := server, make(chan struct{})
		for info := range last.Sessions() {
			asks.Go(func() {
				for !isClosed(moved) {
					_ = last.TakeOver(info.Maildrop, time.Hour)
				}
			})
		}
		server = p.move(last, last.Suspend(t.Context()))
		close(moved)
		asks.Wait()
	}
	c.want(c.ask("QUIT"), "+OK server signing off")
	server.Wait()
}

// asking is a guard that asks for a Maildir when a session goes on.
type asking struct {
	*evictor
	ask func()
}

func (a *asking) Accept(c pop3.Connection) (pop3.Limiter, *pop3.Refusal) {
	if c.Resumed {
		a.ask()
	}
	return a.evictor.Accept(c)
}

// TestTakeOverAtResume checks that a login does not take a session for silent that has just
// come from another server. Of a connection that is not TCP the kernel knows no times.
func TestTakeOverAtResume(t *testing.T) {
	guard := &asking{evictor: &evictor{evicts: make(map[*evicted]func(*pop3.Refusal))}}
	p := newParking(t, 1, false, func(b *pop3.Backend) { b.Guard = guard })
	c, _ := p.loggedIn()
	var maildrop string
	for info := range p.server.Sessions() {
		maildrop = info.Maildrop
	}
	next := p.server.Successor()
	t.Cleanup(next.Close)
	var asked atomic.Bool
	guard.ask = func() { asked.Store(next.TakeOver(maildrop, time.Hour) != nil) }
	if err := next.Resume(p.server.Suspend(t.Context())[0]); err != nil {
		t.Fatal(err)
	}
	if c.want(c.ask("QUIT"), "+OK server signing off"); !asked.Load() {
		t.Error("the session was not found")
	}
	next.Wait()
}

// TestMovesWhileEvicted checks that a session ends that is evicted while another server begins
// to go on with it.
func TestMovesWhileEvicted(t *testing.T) {
	for range moves {
		guard := &evictor{evicts: make(map[*evicted]func(*pop3.Refusal))}
		p := newParking(t, 2, true, func(b *pop3.Backend) { b.Guard = guard })
		first, _ := p.connected()
		second, _ := p.connected()
		sessions := p.server.Suspend(t.Context())
		var evicts sync.WaitGroup
		evicts.Go(func() {
			for guard.evictOne() {
			}
		})
		next := p.move(p.server, sessions)
		for _, c := range []*client{first, second} {
			c.want(c.line(), "-ERR [SYS/TEMP] service unavailable: too many connections, try again later")
		}
		evicts.Wait()
		next.Wait()
	}
}
