package password

import (
	"context"
	"math/rand/v2"
	"time"
)

// Processors are shared by several processes for comparing passwords, so that
// together they use at most half of the machine. The owner takes back the
// processors of a process that was killed. Goroutines may share it.
type Processors interface {
	Processors() int     // how many there are
	TakeTurn() bool      // false while another process takes processors
	GiveTurn()           // undoes TakeTurn
	TakeProcessor() bool // false while all are in use
	GiveProcessor()      // undoes TakeProcessor
}

// Share makes the Verifier take processors that other processes use too. Call it
// before the Verifier is used.
func (v *Verifier) Share(p Processors) {
	v.shared = p
	v.slots = make(chan struct{}, p.Processors())
}

// How often is looked whether another process has finished. Strangers look more
// rarely, so that they seldom come before clients who are known.
const (
	lookForKnown    = 3 * time.Millisecond
	lookForStranger = 12 * time.Millisecond
)

// takeShared takes n processors of those that processes share. It returns how
// many were taken, after an error too. Only the goroutine that has the
// Verifier's turn calls it.
func (v *Verifier) takeShared(ctx context.Context, n int, known bool) (taken int, err error) {
	if v.shared == nil {
		return n, nil
	}
	every := lookForStranger
	if known {
		every = lookForKnown
	}
	if err := poll(ctx, every, v.shared.TakeTurn); err != nil {
		return 0, err
	}
	defer v.shared.GiveTurn()
	for taken < n {
		if err := poll(ctx, every, v.shared.TakeProcessor); err != nil {
			return taken, err
		}
		taken++
	}
	return taken, nil
}

// giveShared gives back what takeShared has taken.
func (v *Verifier) giveShared(taken int) {
	if v.shared == nil {
		return
	}
	for range taken {
		v.shared.GiveProcessor()
	}
}

// poll calls try until it returns true or ctx is done.
func poll(ctx context.Context, every time.Duration, try func() bool) error {
	for !try() {
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(every/2 + rand.N(every)):
		}
	}
	return nil
}
