package pop3_test

import (
	"context"
	"sync/atomic"
	"testing"

	"tpops/pkg/pop3"
	"tpops/pkg/pop3/pop3test"
)

// resting is a mailbox that counts how often it gives back what waiting does not need.
type resting struct {
	pop3.Mailbox
	rests *atomic.Int32
}

func (r resting) Rest() { r.rests.Add(1) }

// The mailbox of a session that waits gives back what it needs for work only.
func TestParkedMailboxRests(t *testing.T) {
	var rests atomic.Int32
	eachParking(t, 1, func(b *pop3.Backend) {
		b.Open = func(context.Context, *pop3.Account, *pop3.Client) (pop3.Mailbox, error) {
			m, err := pop3test.NewMemory("one\n").Open()
			return resting{m, &rests}, err
		}
	}, func(t *testing.T, p *parking) {
		rests.Store(0)
		c, _ := p.loggedIn()
		for i := range int32(3) {
			p.wait(1)
			if got := rests.Load(); got <= i { // On a busy machine a session may wait again before it reads what has come.
				t.Errorf("rested %d times before command %d", got, i+1)
			}
			c.want(c.ask("NOOP"), "+OK")
		}
	})
}
