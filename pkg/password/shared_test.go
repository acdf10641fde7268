package password

import (
	"context"
	"errors"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"tpops/pkg/pop3"
)

// pool has the processors that several Verifiers share, as processes do.
type pool struct {
	mu         sync.Mutex
	turn       bool
	used, size int
}

func (p *pool) Processors() int { return p.size }

func (p *pool) TakeTurn() bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.turn {
		return false
	}
	p.turn = true
	return true
}

func (p *pool) GiveTurn() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.turn = false
}

func (p *pool) TakeProcessor() bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.used == p.size {
		return false
	}
	p.used++
	return true
}

func (p *pool) GiveProcessor() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.used--
}

// With any number of processes, checks use no more processors than exist, and all
// processes get a turn.
func TestShare(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := &pool{size: 3}
		var mu sync.Mutex
		var now, most, done int
		add := func(n int) {
			mu.Lock()
			defer mu.Unlock()
			now += n
			most = max(most, now)
		}
		var all sync.WaitGroup
		for process := range 8 {
			v := NewVerifier()
			v.Share(p)
			for i := range 10 {
				lanes := 1 + (process+i)%4 // More than exist means all.
				all.Go(func() {
					_, err := v.check(t.Context(), func() (checker, error) {
						return checker{lanes: lanes, match: func(string) (bool, error) {
							add(min(lanes, 3))
							time.Sleep(time.Second)
							add(-min(lanes, 3))
							return true, nil
						}}, nil
					}, pop3.Attempt{Password: "x"})
					if err == nil {
						mu.Lock()
						done++
						mu.Unlock()
					}
				})
			}
		}
		all.Wait()
		if most != 3 || done != 80 || p.used != 0 || p.turn {
			t.Errorf("%d at once, %d done, still in use: %d, %t", most, done, p.used, p.turn)
		}
	})
}

// A cancelled wait releases all that it has taken.
func TestShareCancelled(t *testing.T) {
	p := &pool{size: 1, used: 1} // by another process
	v := NewVerifier()
	v.Share(p)
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Millisecond)
	defer cancel()
	if taken, err := v.take(ctx, 1, false); taken != 0 || !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("%d, %v", taken, err)
	}
	if p.used != 1 || p.turn || len(v.slots)+len(v.turn) != 0 {
		t.Errorf("still in use: %+v, %d", p, len(v.slots))
	}
}
