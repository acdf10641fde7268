package main

import (
	"context"
	"sync"
)

// sideBySide calls work for each of count rows, at most side of them at a time, and
// done with each result, in order and never twice at once. When ctx has ended, no
// further row is begun. It returns how many rows were done.
func sideBySide[T any](ctx context.Context, count, side int, work func(int) T, done func(int, T)) int {
	results := make([]chan T, count)
	for i := range results {
		results[i] = make(chan T, 1)
	}
	next := make(chan int)
	var workers sync.WaitGroup
	for range min(side, count) {
		workers.Go(func() {
			for i := range next {
				results[i] <- work(i)
			}
		})
	}
	workers.Go(func() {
		defer close(next)
		for i := range count {
			if ctx.Err() == nil {
				next <- i
			} else {
				close(results[i])
			}
		}
	})
	finished := 0
	for i, result := range results {
		if row, ok := <-result; ok {
			done(i, row)
			finished++
		}
	}
	workers.Wait()
	return finished
}
