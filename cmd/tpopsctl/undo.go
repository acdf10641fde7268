package main

import (
	"context"
	"errors"
	"flag"
	"log/slog"
	"runtime"
	"slices"
	"time"

	"tpops/pkg/backend"
	"tpops/pkg/config"
	"tpops/pkg/maildir"
	"tpops/pkg/migrate"
	"tpops/pkg/pool"
	"tpops/pkg/sd"
)

const undoHelp = `Put messages back that clients deleted and keep-deleted has kept, with the same
UIDLs and in the same order. Clients that do not remember a UIDL download the
message again.

  --session ID       only messages that this session deleted
  --user USER        only in the mailbox of this user
  --maildir DIR      only in this mailbox
  --since TIME       only messages deleted since then, such as 1h or 2d
  --uidl UIDL        only this message; may be repeated
  --dry-run          only print what would be put back
  --json             print one JSON object per message
  -f, --config FILE  the configuration (/etc/tpops/tpops.toml)

With --session alone the mailboxes of all users are searched. The mailbox is
locked meanwhile: a session that uses it delays the command for 10 seconds, and
then makes it fail. A message stays where it is if the mailbox has a message
with its file name. An interrupted command can be repeated. The journal gets a
record for each mailbox.

The exit code is 0, or 1 if a message could not be put back or none was found,
75 if a session uses the mailbox.
`

// undoOptions are the options of the subcommand undo.
type undoOptions struct {
	deletedOptions
	session, user string
	since         time.Duration
	uidls         []string
	dryRun        bool
	journal       string // path of the socket of journald
}

func prepareUndo(flags *flag.FlagSet) action {
	o := &undoOptions{journal: sd.JournalSocket}
	o.declare(flags)
	flags.StringVar(&o.session, "session", "", "")
	flags.StringVar(&o.user, "user", "", "")
	flags.BoolVar(&o.dryRun, "dry-run", false, "")
	flags.Func("uidl", "", func(uidl string) error {
		o.uidls = append(o.uidls, uidl)
		return nil
	})
	flags.Func("since", "", func(text string) (err error) {
		if o.since, err = parseAge(text); err == nil && o.since == 0 {
			err = errors.New("must be longer than 0")
		}
		return err
	})
	return o.run
}

// run puts messages back.
func (o *undoOptions) run(_ []string, s streams) error {
	if o.session+o.user+o.maildir == "" || o.user != "" && o.maildir != "" {
		return &failure{code: exitUsage, err: errors.New("name the messages by --session, --user or --maildir")}
	}
	ctx, stop := untilSignal()
	defer stop()
	var users []string
	if o.user != "" {
		users = []string{o.user}
	}
	c, err := loadConfig(ctx, o.config, s)
	if err != nil {
		return err
	}
	defer c.release(s)
	jobs, err := o.jobs(ctx, c, users, s)
	if err != nil {
		return err
	}
	t := &undoTotals{reports: newReports(len(jobs), o.asJSON, s), journal: o.journal, syslog: c.Log.Syslog}
	one := func(ctx context.Context, j migrate.Job) undone { return o.mailbox(ctx, c.Config, j) }
	pool.Run(ctx, jobs, 2*runtime.GOMAXPROCS(0), one, func(u undone) { o.report(u, t, s) })
	err = errors.Join(t.reports.finish(), t.closeLog())
	if ctx.Err() != nil {
		return errors.Join(err, &failure{code: exitTemporary, err: errors.New("interrupted: run it again")})
	}
	return errors.Join(err, o.result(t, s))
}

// undone is what was put back in a mailbox, and why not all.
type undone struct {
	job      migrate.Job
	messages []maildir.Undeleted
	err      error
}

// mailbox puts messages of one mailbox back. A mailbox that has none is not locked.
func (o *undoOptions) mailbox(ctx context.Context, c *config.Config, j migrate.Job) undone {
	u := undone{job: j, err: j.Err}
	if j.Err != nil {
		return u
	}
	all, err := maildir.Deleted(ctx, j.Owner, j.Maildir, c.Mailbox.Roots)
	if errors.Is(err, maildir.ErrNoMaildir) {
		return u
	}
	u.err = err
	chosen := o.choose(all)
	switch {
	case len(chosen) == 0:
	case o.dryRun:
		for _, d := range chosen {
			u.messages = append(u.messages, maildir.Undeleted{DeletedMessage: d})
		}
	default:
		options := backend.MaildirOptions(c, slog.New(slog.DiscardHandler), backend.Kept{})
		u.messages, u.err = maildir.Undelete(ctx, j.Owner, j.Maildir, options, o.choose)
	}
	return u
}

// choose returns the messages that the options select.
func (o *undoOptions) choose(all []maildir.DeletedMessage) (chosen []maildir.DeletedMessage) {
	from := time.Now().Add(-o.since)
	for _, d := range all {
		skip := o.session != "" && d.Session != o.session || o.since > 0 && d.Time.Before(from.Truncate(time.Second)) ||
			len(o.uidls) > 0 && !slices.Contains(o.uidls, d.UIDL)
		if !skip {
			chosen = append(chosen, d)
		}
	}
	return chosen
}
