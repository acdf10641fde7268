package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"runtime"
	"time"

	"tpops/pkg/config"
	"tpops/pkg/maildir"
	"tpops/pkg/migrate"
	"tpops/pkg/pool"
)

const expireDeletedHelp = `Remove messages for good that clients deleted longer ago than keep-deleted.
tpops-expire-deleted.timer runs this command with --all each day. The server may
run.

MAILDIR is the path of a mailbox; - reads paths from standard input, one a line.

  --all              all users of the user databases in the configuration
  --logins FILE      the users in FILE, one login name per line
  --older-than TIME  this time, such as 2d, instead of keep-deleted
  -f, --config FILE  the configuration (/etc/tpops/tpops.toml)
  --jobs N           mailboxes at a time (twice the number of processors)

With keep-deleted = 0 nothing is removed unless --older-than is given. The exit
code is 1 if a mailbox failed.
`

// expireOptions are the options of the subcommand expire-deleted.
type expireOptions struct {
	tripwireOptions
	age    time.Duration
	hasAge bool
}

func prepareExpireDeleted(flags *flag.FlagSet) action {
	o := &expireOptions{}
	o.declareConfig(flags)
	flags.StringVar(&o.logins, "logins", "", "")
	flags.BoolVar(&o.all, "all", false, "")
	flags.IntVar(&o.jobs, "jobs", 2*runtime.GOMAXPROCS(0), "")
	flags.Func("older-than", "", func(text string) (err error) {
		o.hasAge = true
		o.age, err = parseAge(text)
		return err
	})
	return o.expire
}

// expire removes old messages from mailboxes.
func (o *expireOptions) expire(operands []string, s streams) error {
	if err := o.check(operands); err != nil {
		return &failure{code: exitUsage, err: err}
	}
	ctx, stop := untilSignal()
	defer stop()
	c, err := loadConfig(ctx, o.config, s)
	if err != nil {
		return err
	}
	defer c.release(s)
	if !o.hasAge {
		o.age = c.Mailbox.KeepDeleted
	}
	if !o.hasAge && o.age == 0 {
		_, err := fmt.Fprintln(s.out, "keep-deleted = 0: nothing is removed without --older-than")
		return err
	}
	jobs, err := o.jobsOf(ctx, c.Config, operands, s)
	if err != nil {
		return err
	}
	return o.eachExpired(ctx, c.Config, jobs, s)
}

func (o *expireOptions) jobsOf(ctx context.Context, c *config.Config, operands []string, s streams) ([]migrate.Job, error) {
	if o.all {
		return jobsOfUsers(ctx, c, mailboxList{o.config, maildir.DeletedDir}, nil, s)
	}
	return o.mailboxes(ctx, c, operands, s)
}

// expired is what was removed from a mailbox.
type expired struct {
	maildir string
	files   int
	err     error
}

// eachExpired removes old messages from each mailbox, and prints errors and totals.
func (o *expireOptions) eachExpired(ctx context.Context, c *config.Config, jobs []migrate.Job, s streams) error {
	until := time.Now().Add(-o.age)
	one := func(ctx context.Context, j migrate.Job) expired {
		if j.Err != nil {
			return expired{j.Maildir, 0, j.Err}
		}
		files, err := maildir.ExpireDeleted(ctx, j.Owner, j.Maildir, c.Mailbox.Roots, until)
		return expired{j.Maildir, files, err}
	}
	reported, files, failed := 0, 0, 0
	printed := newReports(len(jobs), false, s)
	pool.Run(ctx, jobs, o.jobs, one, func(e expired) {
		files += e.files
		if errors.Is(e.err, context.Canceled) {
			return // The mailbox counts as not looked at.
		}
		reported++
		var lines []string
		if e.err != nil {
			failed++
			lines = []string{failedText(e.maildir, e.err)}
		}
		printed.add(nil, lines...)
	})
	err := printed.finish()
	_, wrong := fmt.Fprintf(s.out, "mailboxes: %d, %d failed; messages removed: %d\n", reported, failed, files)
	return errors.Join(err, wrong, mailboxResult(ctx, reported, failed, len(jobs)))
}
