package migrate

import (
	"context"

	"tpops/pkg/pool"
)

// Run imports mailboxes, at most side of them at a time, and calls done with each
// report, in the order of the jobs and never twice at once. It returns when all
// are done, or ctx has ended and those at work are done: what then has no report
// is as it was: not begun, or cut short.
func (im *Importer) Run(ctx context.Context, jobs []Job, side int, done func(*Report)) {
	pool.Run(ctx, jobs, side, im.Mailbox, func(r *Report) {
		if !r.isCut {
			done(r)
		}
	})
}
