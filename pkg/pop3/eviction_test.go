package pop3

import (
	"context"
	"errors"
	"sync"
	"testing"
)

// A command is cancelled whether the eviction is ordered before, after or while it begins, and
// only the first order counts.
func TestEvictionCancels(t *testing.T) {
	first, second := &Refusal{Reason: "first"}, &Refusal{Reason: "second"}
	for name, run := range map[string]func(order, begin func()){
		"before": func(order, begin func()) { order(); begin() },
		"after":  func(order, begin func()) { begin(); order() },
		"while": func(order, begin func()) {
			var both sync.WaitGroup
			both.Go(order)
			both.Go(begin)
			both.Wait()
		},
	} {
		t.Run(name, func(t *testing.T) {
			for range 1000 {
				var e eviction
				ctx, cancel := context.WithCancelCause(t.Context())
				run(func() {
					if !e.order(first) || e.order(second) {
						t.Error("not the first order counts")
					}
				}, func() { e.beginWork(cancel) })
				if err := context.Cause(ctx); !errors.Is(err, first) || e.ordered() != first {
					t.Fatalf("cancelled with %v, ordered %v", err, e.ordered())
				}
			}
		})
	}
}

// An order after the work of a session cancels nothing, but is found.
func TestEvictionAfterWork(t *testing.T) {
	var e eviction
	ctx, cancel := context.WithCancelCause(t.Context())
	defer cancel(nil)
	e.beginWork(cancel)
	e.endWork()
	why := &Refusal{}
	if !e.order(why) || ctx.Err() != nil || e.ordered() != why {
		t.Errorf("%v, ordered %v", ctx.Err(), e.ordered())
	}
}
