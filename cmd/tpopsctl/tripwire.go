package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"log/slog"
	"runtime"

	"tpops/pkg/backend"
	"tpops/pkg/config"
	"tpops/pkg/maildir"
	"tpops/pkg/migrate"
	"tpops/pkg/pool"
)

const tripwireHelp = `Find the mailboxes whose logins would be refused with this version and this
configuration, because messages that are still there would get other UIDLs, and
clients would download them again. Nothing is changed, and the server may run.

MAILDIR is the path of a mailbox; - reads paths from standard input, one a line.

  --all              all users of the user databases in the configuration
  --logins FILE      the users in FILE, one login name per line
  -f, --config FILE  the configuration (/etc/tpops/tpops.toml)
  --jobs N           mailboxes at a time (twice the number of processors)

One line for each such mailbox has the reason, and how to accept it. The exit
code is 1 if there is one, or if a mailbox cannot be read.
`

// tripwireOptions are the options of the subcommands tripwire and accept.
type tripwireOptions struct {
	configOption
	logins string
	all    bool
	jobs   int
}

func prepareTripwire(flags *flag.FlagSet) action {
	o := &tripwireOptions{}
	o.declareConfig(flags)
	flags.StringVar(&o.logins, "logins", "", "")
	flags.BoolVar(&o.all, "all", false, "")
	flags.IntVar(&o.jobs, "jobs", 2*runtime.GOMAXPROCS(0), "")
	return o.tripwire
}

// tripwire checks mailboxes and prints those whose logins would be refused.
func (o *tripwireOptions) tripwire(operands []string, s streams) error {
	if err := o.check(operands); err != nil {
		return &failure{code: exitUsage, err: err}
	}
	ctx, stop := untilSignal()
	defer stop()
	options, c, err := o.mailboxOptions(ctx, s)
	if err != nil {
		return err
	}
	defer c.release(s)
	jobs, err := o.mailboxes(ctx, c.Config, operands, s)
	if err != nil {
		return err
	}
	if len(jobs) == 0 {
		return &failure{code: exitNoInput, err: errors.New("there is no mailbox to check")}
	}
	look := func(j migrate.Job) error { return maildir.Foresee(ctx, j.Owner, j.Maildir, options) }
	return o.eachMailbox(ctx, jobs, look, s)
}

func (o *tripwireOptions) check(operands []string) error {
	if o.jobs < 1 || o.jobs > 1000 {
		return errors.New("--jobs must be from 1 to 1000")
	}
	lists := 0
	for _, list := range []bool{len(operands) > 0, o.all, o.logins != ""} {
		if list {
			lists++
		}
	}
	if lists != 1 {
		return errors.New("name the mailboxes by one of MAILDIR, --all and --logins")
	}
	return nil
}

// mailboxOptions returns the parameters with which the server opens mailboxes, and its
// configuration, which the caller releases.
func (o *tripwireOptions) mailboxOptions(ctx context.Context, s streams) (maildir.Options, *server, error) {
	c, err := loadConfig(ctx, o.config, s)
	if err != nil {
		return maildir.Options{}, nil, err
	}
	return backend.MaildirOptions(c.Config, slog.New(slog.DiscardHandler), backend.Kept{}), c, nil
}

func (o *tripwireOptions) mailboxes(ctx context.Context, c *config.Config, operands []string, s streams) ([]migrate.Job, error) {
	if len(operands) > 0 {
		return jobsOf(operands, s)
	}
	users := &importOptions{users: o.all, logins: o.logins, config: o.config}
	return users.usersOf(ctx, c, s)
}

// foreseen is what a login to a mailbox would come to: nil if it would be accepted.
type foreseen struct {
	maildir string
	err     error
}

// mailboxTotals counts what was found.
type mailboxTotals struct {
	isNamed                      bool // a Maildir that is missing is a failure
	ok, missing, refused, failed int
}

// eachMailbox calls do for each mailbox, and prints its errors and totals.
func (o *tripwireOptions) eachMailbox(ctx context.Context, jobs []migrate.Job, do func(migrate.Job) error, s streams) error {
	t := mailboxTotals{isNamed: !o.all && o.logins == ""}
	printed := newReports(len(jobs), false, s)
	check := func(_ context.Context, j migrate.Job) foreseen {
		if j.Err != nil {
			return foreseen{j.Maildir, j.Err}
		}
		return foreseen{j.Maildir, do(j)}
	}
	pool.Run(ctx, jobs, o.jobs, check, func(f foreseen) {
		if !errors.Is(f.err, context.Canceled) { // Otherwise the mailbox counts as not looked at.
			printed.add(nil, t.add(f)...)
		}
	})
	failed := printed.finish()
	_, err := fmt.Fprintf(s.out, "mailboxes: %d ok, %d no Maildir, %d would be refused, %d failed\n", t.ok, t.missing, t.refused, t.failed)
	return errors.Join(failed, err, mailboxResult(ctx, t.ok+t.missing+t.refused+t.failed, t.refused+t.failed, len(jobs)))
}

// add counts a mailbox, and returns the line about it if it is not well.
func (t *mailboxTotals) add(f foreseen) []string {
	err := f.err
	var change *maildir.ChangeError
	status, problem := "failed", fmt.Sprint(err)
	switch {
	case err == nil:
		t.ok++
		return nil
	case errors.Is(err, maildir.ErrNoMaildir) && !t.isNamed:
		t.missing++
		return nil
	case errors.As(err, &change):
		t.refused++
		status, problem = "would be refused", change.Error()
	case errors.Is(err, maildir.ErrForeign):
		t.refused++
		status = "would be refused"
	default:
		t.failed++
	}
	return []string{reportText(f.maildir, status, problem, "", nil)}
}
