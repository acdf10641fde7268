package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"log/slog"

	"tpops/pkg/backend"
	"tpops/pkg/maildir"
	"tpops/pkg/migrate"
	"tpops/pkg/pop3"
)

const setAsideHelp = `Hide one message of a mailbox, which clients cannot fetch, so that they get the
others. set-back returns it.

USER is a login name of the configuration; with --maildir it is left out. UIDL
is that of the message, as in the log and in the reply to UIDL.

  --list             list the messages that are set aside
  --maildir DIR      the mailbox in this directory, instead of that of a user
  --json             print one JSON object per message
  -f, --config FILE  the configuration (/etc/tpops/tpops.toml)

The file moves to the directory tpops_set_aside of the Maildir, where neither
POP3 nor IMAP shows it. Nothing there expires. The mailbox is locked meanwhile:
a session that uses it delays the command for 10 seconds, then makes it fail.
Messages that share their unique name cannot be set aside.

The exit code is 0, or 1 if there is no such message or it stays where it is,
75 if a session uses the mailbox.
`

const setBackHelp = `Return messages that set-aside has hidden, with the same UIDL and in the same
place of the order: the message with this UIDL, or all.

USER is a login name of the configuration; with --maildir it is left out.

  --maildir DIR      the mailbox in this directory, instead of that of a user
  --json             print one JSON object per message
  -f, --config FILE  the configuration (/etc/tpops/tpops.toml)

A message stays where it is if the mailbox has a message with its file name. An
interrupted command can be repeated.

The exit code is 0, or 1 if a message stays where it is or there is none, 75 if
a session uses the mailbox.
`

// asideOptions are the options of the subcommands set-aside and set-back.
type asideOptions struct {
	deletedOptions
	asList bool
}

func prepareSetAside(flags *flag.FlagSet) action {
	o := &asideOptions{}
	o.declare(flags)
	flags.BoolVar(&o.asList, "list", false, "")
	return o.setAside
}

func prepareSetBack(flags *flag.FlagSet) action {
	o := &asideOptions{}
	o.declare(flags)
	return o.setBack
}

// operands returns the login name, unless there is --maildir, and the UIDL, of which
// there may be from least to most.
func (o *asideOptions) operands(all []string, least, most int) (users []string, uidl string, err error) {
	if o.maildir == "" {
		if len(all) == 0 {
			return nil, "", &failure{code: exitUsage, err: errors.New("name the mailbox by a user or by --maildir")}
		}
		users, all = all[:1], all[1:]
	}
	if len(all) < least {
		return nil, "", &failure{code: exitUsage, err: errors.New("name the message by its UIDL")}
	}
	if len(all) > most {
		return nil, "", &failure{code: exitUsage, err: fmt.Errorf("unexpected %q", all[most])}
	}
	if len(all) > 0 {
		uidl = all[0]
	}
	return users, uidl, nil
}

// setAside hides a message.
func (o *asideOptions) setAside(operands []string, s streams) error {
	messages := 1
	if o.asList {
		messages = 0
	}
	users, uidl, err := o.operands(operands, messages, messages)
	if err != nil {
		return err
	}
	ctx, stop := untilSignal()
	defer stop()
	job, options, err := o.mailbox(ctx, users, s)
	if err != nil {
		return err
	}
	if o.asList {
		found, err := maildir.Aside(ctx, job.Owner, job.Maildir, options.Roots)
		if err != nil && len(found) == 0 {
			return &failure{code: exitNoInput, err: err}
		}
		return errors.Join(err, o.printAside(job, found, s))
	}
	file, err := maildir.SetAside(ctx, job.Owner, job.Maildir, options, uidl)
	if err != nil {
		return asideFailure(err)
	}
	return o.printRow(deletedRow{Maildir: job.Maildir, User: job.Login, UIDL: uidl, File: file, Status: "set aside"}, s)
}

// setBack returns messages.
func (o *asideOptions) setBack(operands []string, s streams) error {
	users, uidl, err := o.operands(operands, 0, 1)
	if err != nil {
		return err
	}
	ctx, stop := untilSignal()
	defer stop()
	job, options, err := o.mailbox(ctx, users, s)
	if err != nil {
		return err
	}
	done, err := maildir.SetBack(ctx, job.Owner, job.Maildir, options, func(all []maildir.DeletedMessage) (chosen []maildir.DeletedMessage) {
		for _, m := range all {
			if uidl == "" || m.UIDL == uidl {
				chosen = append(chosen, m)
			}
		}
		return chosen
	})
	failed, printed := o.printBack(job, done, s)
	switch err = errors.Join(err, printed); {
	case err != nil:
		return asideFailure(err)
	case len(done) == 0:
		return &failure{code: exitPart, err: errors.New("no such message is set aside")}
	case failed > 0:
		return &failure{code: exitPart, err: fmt.Errorf("%d of %d messages were not set back", failed, len(done))}
	}
	return nil
}

// mailbox returns the mailbox, and how the server opens it.
func (o *asideOptions) mailbox(ctx context.Context, users []string, s streams) (migrate.Job, maildir.Options, error) {
	c, err := loadConfig(ctx, o.config, s)
	if err != nil {
		return migrate.Job{}, maildir.Options{}, err
	}
	defer c.release(s)
	jobs, err := o.jobs(ctx, c, users, s)
	if err != nil {
		return migrate.Job{}, maildir.Options{}, err
	}
	return jobs[0], backend.MaildirOptions(c.Config, slog.New(slog.DiscardHandler), backend.Kept{}), nil
}

// asideFailure returns an error with its exit code.
func asideFailure(err error) error {
	if errors.Is(err, pop3.ErrLocked) {
		return &failure{code: exitTemporary, err: fmt.Errorf("a session uses the mailbox: run it again, or end the session with tpopsctl kick: %w", err)}
	}
	return &failure{code: exitPart, err: err}
}
