package password

import (
	"context"
	"math/rand/v2"
	"time"
)

// Processors are shared by several processes for comparing passwords, so that
// together they use at most half of the machine. The owner reclaims the processors
// of a killed process. Goroutines may share it.
type Processors interface {
	Processors() int     // how many can be taken at once
	TakeTurn() bool      // false while another process takes processors
	GiveTurn()           // undoes TakeTurn
	TakeProcessor() bool // false while all are in use
	GiveProcessor()      // undoes TakeProcessor
}

// Share makes the Verifier share processors with other processes. Call it before
// the Verifier is used.
func (v *Verifier) Share(p Processors) {
	v.shared = p
	v.slots = make(chan struct{}, p.Processors())
}

// How often to check whether another process has released a processor. Checks for
// unknown clients poll less often, so that known clients usually come first.
const (
	pollKnown   = 3 * time.Millisecond
	pollUnknown = 12 * time.Millisecond
)

// takeShared takes n shared processors. It returns how many it has taken, after an
// error too. Only the goroutine that holds the Verifier's turn calls it.
func (v *Verifier) takeShared(ctx context.Context, n int, known bool) (taken int, err error) {
	if v.shared == nil {
		return n, nil
	}
	interval := pollUnknown
	if known {
		interval = pollKnown
	}
	if err := poll(ctx, interval, v.shared.TakeTurn); err != nil {
		return 0, err
	}
	defer v.shared.GiveTurn()
	for taken < n {
		if err := poll(ctx, interval, v.shared.TakeProcessor); err != nil {
			return taken, err
		}
		taken++
	}
	return taken, nil
}

// giveShared releases what takeShared has taken.
func (v *Verifier) giveShared(taken int) {
	if v.shared == nil {
		return
	}
	for range taken {
		v.shared.GiveProcessor()
	}
}

// poll calls try until it returns true or ctx is done.
func poll(ctx context.Context, interval time.Duration, try func() bool) error {
	for !try() {
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(interval/2 + rand.N(interval)):
		}
	}
	return nil
}
