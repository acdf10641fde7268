package dovecot

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"tpops/pkg/pop3"
)

// TestNoMixing checks that each of many logins at once gets its own user, in whatever
// order the replies come, and that no id is used twice on a connection.
func TestNoMixing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d, s := start(t, func(p *peer) {
			p.greet()
			var mu sync.Mutex
			var all sync.WaitGroup
			defer all.Wait()
			ids := map[string]bool{}
			for line := p.next(); line != ""; line = p.next() {
				a := parse(line)
				if ids[a.id] {
					t.Errorf("id %s is used again", a.id)
				}
				ids[a.id] = true
				all.Go(func() {
					time.Sleep(rand.N(2 * time.Second))
					mu.Lock()
					defer mu.Unlock()
					p.send("OK\t%s\tuser=%s\n", a.id, a.name)
				})
			}
		}, findUsers)
		var all sync.WaitGroup
		for i := range 1000 {
			all.Go(func() {
				for round := range 5 {
					name := fmt.Sprintf("u%d-%d", i, round)
					account, err := login(t.Context(), d, name)
					if err != nil || account.Name != name || account.Maildrop != "/home/"+name+"/Maildir" {
						t.Errorf("%s: %+v, %v", name, account, err)
					}
				}
			})
		}
		all.Wait()
		if n := s.count("auth"); n > 3*maxConns {
			t.Errorf("%d connections", n)
		}
	})
}

// TestConnLife checks that a connection takes no new requests after connLife, and ends
// when its last request is finished: Dovecot may have another configuration by now.
func TestConnLife(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var open atomic.Int32
		d, s := start(t, func(p *peer) {
			open.Add(1)
			defer open.Add(-1)
			checkPasswords(p)
		}, findUsers)
		for i := range 3 {
			if _, err := login(t.Context(), d, "ann"); err != nil {
				t.Fatal(err)
			}
			time.Sleep(connLife + time.Second)
			synctest.Wait()
			if s.count("auth") != i+1 || open.Load() != 0 {
				t.Errorf("after login %d: %d connections, %d open", i+1, s.count("auth"), open.Load())
			}
		}
	})
}

// TestBound checks the highest number of requests and connections.
func TestBound(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d, s := start(t, afterGreeting(""), findUsers)
		var busy, waited atomic.Int32
		var all sync.WaitGroup
		for range maxConns*maxPending + 10 {
			all.Go(func() {
				_, err := login(t.Context(), d, "ann")
				switch {
				case errors.Is(err, errBusy) && pop3.ErrorIn(err) == nil:
					busy.Add(1)
				case errors.Is(err, errTimeout):
					waited.Add(1)
				default:
					t.Error(err)
				}
			})
		}
		all.Wait()
		if busy.Load() != 10 || s.count("auth") != maxConns {
			t.Errorf("%d busy, %d waited, %d connections", busy.Load(), waited.Load(), s.count("auth"))
		}
	})
}

// TestAbandoned checks that exchanges which are closed leave no request behind, and that
// one which is not is forgotten some time after its connection.
func TestAbandoned(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d, _ := start(t, afterExchange, findUsers)
		for range 3 * maxPending {
			e := d.NewExchange("CRAM-MD5", nil)
			if _, err := e.Next(t.Context(), nil); err != nil {
				t.Fatal(err)
			}
			e.Close()
		}
		e := d.NewExchange("CRAM-MD5", nil)
		if _, err := e.Next(t.Context(), nil); err != nil {
			t.Fatal(err)
		}
		c := d.auth.conns[0]
		if n := len(c.pending); n != 1 {
			t.Errorf("%d pending requests", n)
		}
		time.Sleep(connLife + connEnd + time.Second)
		if !c.ended() {
			t.Error("the connection stays open for an exchange that was given up")
		}
		if _, err := e.Next(t.Context(), []byte("ann x")); !errors.Is(err, errLost) || pop3.ErrorIn(err) != nil {
			t.Errorf("continued after the end: %v", err)
		}
	})
}

// afterExchange answers each AUTH with a challenge, and each CONT with success.
func afterExchange(p *peer) {
	p.greet()
	for line := p.next(); line != ""; line = p.next() {
		var id int
		if _, err := fmt.Sscanf(line, "AUTH\t%d", &id); err == nil {
			p.send("CONT\t%d\tPDFAeD4=\n", id)
		} else if _, err := fmt.Sscanf(line, "CONT\t%d", &id); err == nil {
			p.send("OK\t%d\tuser=ann\n", id)
		}
	}
}
