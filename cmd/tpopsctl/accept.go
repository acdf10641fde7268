package main

import (
	"context"
	"errors"
	"flag"
	"fmt"

	"tpops/pkg/maildir"
	"tpops/pkg/migrate"
)

const acceptHelp = `Accept the UIDLs that the messages of mailboxes have now, after logins were
refused because they are others than before. Clients will download these
messages again.

MAILDIR is the path of a mailbox; - reads paths from standard input, one a line.
The mailbox is locked meanwhile, and files are written with the rights of its
owner.

  -f, --config FILE  the configuration (/etc/tpops/tpops.toml)

The exit code is 1 if a mailbox could not be accepted.
`

func prepareAccept(flags *flag.FlagSet) action {
	o := &tripwireOptions{jobs: 1}
	o.declareConfig(flags)
	return o.accept
}

// accept notes what mailboxes have now.
func (o *tripwireOptions) accept(operands []string, s streams) error {
	ctx, stop := untilSignal()
	defer stop()
	options, c, err := o.mailboxOptions(ctx, s)
	if err != nil {
		return err
	}
	defer c.release(s)
	jobs, err := jobsOf(operands, s)
	if err != nil {
		return err
	}
	if len(jobs) == 0 {
		return &failure{code: exitNoInput, err: errors.New("there is no mailbox to accept")}
	}
	accepted := 0
	printed := newReports(len(jobs), false, s)
	for _, j := range jobs {
		err := acceptOne(ctx, j, options)
		if errors.Is(err, context.Canceled) {
			return errors.Join(printed.finish(), err)
		}
		if err != nil {
			printed.add(nil, reportText(j.Maildir, "failed", err.Error(), "", nil))
			continue
		}
		accepted++
		printed.add(nil, reportText(j.Maildir, "accepted", "", "", nil))
	}
	if err := printed.finish(); err != nil {
		return err
	}
	if accepted < len(jobs) {
		return &failure{code: exitPart, err: fmt.Errorf("%d of %d mailboxes were not accepted", len(jobs)-accepted, len(jobs))}
	}
	return nil
}

// acceptOne notes what a mailbox has, and checks that logins are not refused any more.
func acceptOne(ctx context.Context, j migrate.Job, options maildir.Options) error {
	if j.Err != nil {
		return j.Err
	}
	if err := maildir.Accept(ctx, j.Owner, j.Maildir, options); err != nil {
		return err
	}
	return maildir.Foresee(ctx, j.Owner, j.Maildir, options)
}
