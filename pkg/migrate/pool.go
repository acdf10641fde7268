package migrate

import (
	"context"
	"sync"
)

// Run imports mailboxes, at most side of them at a time, and calls done with each
// report, in the order of the jobs and never twice at once. It returns when all
// are done, or ctx has ended and those at work are done: what then has no report
// was not touched.
func (im *Importer) Run(ctx context.Context, jobs []Job, side int, done func(*Report)) {
	reports := make([]chan *Report, len(jobs))
	for i := range reports {
		reports[i] = make(chan *Report, 1)
	}
	next := make(chan int)
	var workers sync.WaitGroup
	for range min(side, len(jobs)) {
		workers.Go(func() {
			for i := range next {
				reports[i] <- im.Mailbox(ctx, jobs[i])
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
					close(reports[i])
				}
				return
			}
		}
	}()
	for _, report := range reports {
		if r := <-report; r != nil {
			done(r)
		}
	}
	workers.Wait()
}
