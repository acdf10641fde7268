package pop3_test

import (
	"context"
	"fmt"
	"io"
	"runtime"
	"slices"
	"sync"
	"testing"

	"tpops/pkg/pop3"
	"tpops/pkg/pop3/pop3test"
)

// Parked sessions end in several ways while QUIT arrives. Each ends once, and
// either deletes all that its client has marked, or nothing. With +OK it has deleted.
func TestParkedEndsWithQuit(t *testing.T) {
	const users = 10
	over, cancel := context.WithCancel(t.Context())
	cancel()
	ways := map[string]func(s *pop3.Server){
		"close":              (*pop3.Server).Close,
		"suspend":            func(s *pop3.Server) { s.Abandon(s.Suspend(t.Context())...) },
		"suspend in no time": func(s *pop3.Server) { s.Abandon(s.Suspend(over)...) },
		"shutdown and close": func(s *pop3.Server) {
			_ = s.Shutdown(over)
			s.Close()
		},
	}
	for name, end := range ways {
		t.Run(name, func(t *testing.T) {
			d := &drops{all: make(map[string]*pop3test.Memory)}
			eachParking(t, users, func(b *pop3.Backend) { b.Open = d.open }, func(t *testing.T, p *parking) {
				var all []*user
				for i := range users {
					u, _ := p.logInUser(uint64(i))
					for _, n := range []int{2, 5, 6} {
						u.want(u.ask(fmt.Sprint("DELE ", n)), "+OK message deleted")
						u.marked[n] = true
					}
					all = append(all, u)
				}
				p.wait(users)
				p.quitAll(d, all, end)
				p.ended(users)
			})
		})
	}
}

// quitAll has all clients send QUIT at the moments at which end is called.
func (p *parking) quitAll(d *drops, all []*user, end func(*pop3.Server)) {
	var clients sync.WaitGroup
	for i, u := range all {
		clients.Go(func() {
			for range i * 20 {
				runtime.Gosched()
			}
			_, _ = io.WriteString(u, "QUIT\r\n")
			got := u.line()
			d.mu.Lock()
			drop := d.all[u.first]
			d.mu.Unlock()
			p.waitFor(func() bool { return p.server.Connections() == 0 })
			deleted := slices.Equal(drop.Texts(), u.left())
			if nothing := len(drop.Texts()) == dropMessages; !deleted && !nothing || got == "+OK server signing off" && !deleted {
				p.t.Errorf("%s: %q, left %q", u.first, got, drop.Texts())
			}
		})
	}
	end(p.server)
	clients.Wait()
}
