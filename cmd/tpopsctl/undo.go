package main

import (
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"log/slog"
	"os"
	"os/signal"
	"slices"
	"syscall"
	"time"

	"tpops/pkg/backend"
	"tpops/pkg/config"
	"tpops/pkg/maildir"
	"tpops/pkg/migrate"
	"tpops/pkg/pop3"
)

const undoHelp = `Put messages back that clients deleted and keep-deleted has kept, with the same
UIDLs and in the same order. Clients that do not remember a UIDL download the
message again.

  --session ID       only messages that this session deleted
  --user USER        only in the mailbox of this user
  --maildir DIR      only in this mailbox
  --since TIME       only messages deleted in this time until now, such as 1h or 2d
  --uidl UIDL        only this message; may be repeated
  --dry-run          only print what would be put back
  --json             print one JSON object per message
  -f, --config FILE  the configuration (/etc/tpops/tpops.toml)

With --session alone the mailboxes of all users are searched. The mailbox is
locked meanwhile: a session that uses it delays the command for 10 seconds, and
then makes it fail. A message stays where it is if the mailbox has a message with
its file name. An interrupted command can be repeated.

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
}

func prepareUndo(flags *flag.FlagSet) action {
	o := &undoOptions{}
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
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	var users []string
	if o.user != "" {
		users = []string{o.user}
	}
	c, err := loadConfig(ctx, o.config)
	if err != nil {
		return err
	}
	jobs, _, err := o.jobs(ctx, users, s)
	if err != nil {
		return err
	}
	t := &undoTotals{}
	for _, j := range jobs {
		if ctx.Err() != nil {
			return &failure{code: exitTemporary, err: errors.New("interrupted: run it again")}
		}
		if err := o.mailbox(ctx, c, j, t, s); err != nil {
			t.fail(j, err, s)
		}
	}
	return o.result(t, s)
}

// mailbox puts messages of one mailbox back. A mailbox that has none is not locked.
func (o *undoOptions) mailbox(ctx context.Context, c *config.Config, j migrate.Job, t *undoTotals, s streams) error {
	if j.Err != nil {
		return j.Err
	}
	all, err := maildir.Deleted(ctx, j.Owner, j.Maildir, c.Mailbox.Roots)
	if errors.Is(err, maildir.ErrNoMaildir) {
		return nil
	}
	chosen := o.choose(all)
	if len(chosen) == 0 {
		return err
	}
	if o.dryRun {
		for _, d := range chosen {
			err = errors.Join(err, o.report(j, maildir.Undeleted{DeletedMessage: d}, t, s))
		}
		return err
	}
	options := backend.MaildirOptions(c, slog.New(slog.DiscardHandler), nil)
	done, err := maildir.Undelete(ctx, j.Owner, j.Maildir, options, o.choose)
	for _, one := range done {
		err = errors.Join(err, o.report(j, one, t, s))
	}
	return err
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

// report prints what has become of a message, and counts it.
func (o *undoOptions) report(j migrate.Job, one maildir.Undeleted, t *undoTotals, s streams) error {
	row := rowOf(j, one.DeletedMessage)
	row.Now = one.Now
	switch {
	case o.dryRun:
		t.back++
		row.Status = "would be put back"
	case one.Err != nil:
		t.failed++
		row.Status, row.Error = "not put back", one.Err.Error()
	default:
		t.back++
		row.Status = "put back"
	}
	if o.asJSON {
		return writeJSON(s.out, row)
	}
	var notes []string
	if one.Now != "" && one.Now != one.UIDL {
		notes = []string{"its UIDL is now " + one.Now}
	}
	line := reportText(row.UIDL, row.Status, row.Error, "", notes)
	_, err := fmt.Fprintln(s.out, visible(line, ""))
	return err
}

// undoTotals counts messages.
type undoTotals struct {
	back, failed int
	locked       bool
}

// fail reports a mailbox that could not be used.
func (t *undoTotals) fail(j migrate.Job, err error, s streams) {
	t.failed++
	t.locked = t.locked || errors.Is(err, pop3.ErrLocked)
	fmt.Fprintln(s.err, visible(reportText(j.Maildir, "failed", err.Error(), "", nil), ""))
}

// result prints the totals and returns the error of the command.
func (o *undoOptions) result(t *undoTotals, s streams) error {
	switch {
	case t.locked:
		return &failure{code: exitTemporary, err: errors.New("a session uses the mailbox: run it again, or end the session with tpopsctl kick")}
	case t.back+t.failed == 0:
		return &failure{code: exitPart, err: errors.New("there is no such message")}
	case t.failed > 0:
		return &failure{code: exitPart, err: fmt.Errorf("%d messages were put back, %d failures", t.back, t.failed)}
	}
	if o.asJSON {
		return nil
	}
	what := "put back"
	if o.dryRun {
		what = "would be put back"
	}
	_, err := fmt.Fprintln(s.out, messagesText(t.back, what))
	return err
}

// writeJSON prints a value as one line.
func writeJSON(w io.Writer, value any) error {
	encoded, err := json.Marshal(value)
	if err != nil {
		return err
	}
	_, err = fmt.Fprintln(w, visibleJSON(encoded))
	return err
}
