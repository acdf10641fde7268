// Package pool does the same work for many things, several at a time.
package pool

import (
	"context"
	"sync"
)

// Run calls work for each of the jobs, at most side of them at a time, and done with
// each result, in the order of the jobs and never twice at once. It returns when all
// are done, or ctx has ended and those at work are done: a job that then has no result
// was not begun.
func Run[J, R any](ctx context.Context, jobs []J, side int, work func(context.Context, J) R, done func(R)) {
	results := make([]chan R, len(jobs))
	for i := range results {
		results[i] = make(chan R, 1)
	}
	next := make(chan int)
	var workers sync.WaitGroup
	for range min(side, len(jobs)) {
		workers.Go(func() {
			for i := range next {
				results[i] <- work(ctx, jobs[i])
			}
		})
	}
	go func() {
		defer close(next)
		for i := range jobs {
			select {
			case next <- i:
			case <-ctx.Done():
				for ; i < len(jobs); i++ {
					close(results[i])
				}
				return
			}
		}
	}()
	for _, result := range results {
		if r, begun := <-result; begun {
			done(r)
		}
	}
	workers.Wait()
}
