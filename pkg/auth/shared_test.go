package auth

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"tpops/pkg/scram"
)

// pool is what several Verifiers share, as processes do.
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

// However many processes check passwords, they take no more processors than
// there are, and all of them get their turn.
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
				lanes := 1 + (process+i)%4 // More than there are takes all.
				all.Go(func() {
					_, err := v.check(t.Context(), func() (checker, error) {
						return checker{lanes: lanes, match: func(string) (bool, error) {
							add(min(lanes, 3))
							time.Sleep(time.Second)
							add(-min(lanes, 3))
							return true, nil
						}}, nil
					}, "x")
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
			t.Errorf("%d at once, %d done, left behind %d %t", most, done, p.used, p.turn)
		}
	})
}

// A client who goes while it waits leaves nothing behind.
func TestShareCancelled(t *testing.T) {
	p := &pool{size: 1, used: 1} // by another process
	v := NewVerifier()
	v.Share(p)
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Millisecond)
	defer cancel()
	if taken, err := v.take(ctx, 1); taken != 0 || !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("%d, %v", taken, err)
	}
	if p.used != 1 || p.turn || len(v.slots)+len(v.turn) != 0 {
		t.Errorf("left behind: %+v, %d", p, len(v.slots))
	}
}

// Unknown users have keys like most users, whoever logged in last, and the same
// salt after a restart.
func TestUnknownLikeMost(t *testing.T) {
	seen := newSCRAMSeen(scram.SHA256, scramShape{iterations: scram.MinIterations, salt: 16}.stored(scram.SHA256))
	keys := func(iterations int) stored { return scramShape{iterations: iterations, salt: 12}.stored(scram.SHA256) }
	v := NewVerifier()
	secret := []byte("0123456789abcdef0123456789abcdef")
	v.TakeSalts(secret)
	unknown := func(v *Verifier) *scram.Keys {
		k, _, err := (*userRow)(nil).scram(t.Context(), v, "mysql", scram.SHA256, "nobody", seen.decoy())
		if err != nil {
			t.Fatal(err)
		}
		return k
	}
	if k := unknown(v); k.Iterations != scram.MinIterations || len(k.Salt) != 16 {
		t.Errorf("before a user was seen: %d, %d", k.Iterations, len(k.Salt))
	}
	for i := range 10 {
		seen.saw(scram.SHA256, fmt.Sprint("user", i), keys(10_000))
	}
	first := unknown(v)
	for range 100 {
		seen.saw(scram.SHA256, "odd", keys(5000))
	}
	again := NewVerifier()
	again.TakeSalts(secret)
	after := unknown(again)
	if first.Iterations != 10_000 || after.Iterations != 10_000 || len(first.Salt) != 12 || string(first.Salt) != string(after.Salt) {
		t.Errorf("%d, %d, %x, %x", first.Iterations, after.Iterations, first.Salt, after.Salt)
	}
	for i := range 3 * seenUsers {
		seen.saw(scram.SHA256, fmt.Sprint("later", i), keys(20_000))
	}
	if len(seen.users) != seenUsers {
		t.Errorf("%d users are remembered", len(seen.users))
	}
}
