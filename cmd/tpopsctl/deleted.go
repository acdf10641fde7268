package main

import (
	"errors"
	"flag"
	"io"
	"time"

	"tpops/pkg/config"
	"tpops/pkg/maildir"
	"tpops/pkg/migrate"
	"tpops/pkg/setup"
)

const deletedHelp = `List the messages of a mailbox that keep-deleted has kept after clients deleted
them, those deleted first at the beginning.

  --maildir DIR      the mailbox in this directory, instead of that of a user
  --json             all that is known, as one JSON object per message
  -f, --config FILE  the configuration (/etc/tpops/tpops.toml)

SESSION is the session that deleted the message, as in the log, and CLIENT its
address. The owner of the mailbox could change all of this.

The exit code is 0, also if there is none.
`

// deletedOptions are the options of the subcommands deleted and undo.
type deletedOptions struct {
	configOption
	maildir string
	asJSON  bool
}

func (o *deletedOptions) declare(flags *flag.FlagSet) {
	o.declareConfig(flags)
	flags.StringVar(&o.maildir, "maildir", "", "")
	flags.BoolVar(&o.asJSON, "json", false, "")
}

func prepareDeleted(flags *flag.FlagSet) action {
	o := &deletedOptions{}
	o.declare(flags)
	return o.list
}

// deletedRow is a kept message as JSON.
type deletedRow struct {
	Maildir string    `json:"maildir"`
	User    string    `json:"user,omitempty"`
	Time    time.Time `json:"time"`
	Session string    `json:"session"`
	Remote  string    `json:"remote,omitempty"`
	UIDL    string    `json:"uidl"`
	Octets  int64     `json:"octets"`
	File    string    `json:"file"`
	Status  string    `json:"status,omitempty"`
	Error   string    `json:"error,omitempty"`
	Now     string    `json:"uidl_now,omitempty"`
}

func rowOf(j migrate.Job, d maildir.DeletedMessage) deletedRow {
	return deletedRow{Maildir: j.Maildir, User: j.Login, Time: d.Time.UTC(), Session: d.Session, Remote: d.Remote, UIDL: d.UIDL, Octets: d.Octets, File: d.File}
}

// deletedColumns returns the columns of the table.
func deletedColumns() []column {
	return []column{
		{title: "DELETED", width: 19}, {title: "SESSION", width: 16}, {title: "CLIENT", width: 15},
		{title: "SIZE", width: 5, right: true}, {title: "UIDL", width: 41},
	}
}

// list lists the messages of one mailbox.
func (o *deletedOptions) list(operands []string, s streams) error {
	ctx, stop := untilSignal()
	defer stop()
	if len(operands) > 1 || len(operands) == 1 == (o.maildir != "") {
		return &failure{code: exitUsage, err: errors.New("name the mailbox by a user or by --maildir")}
	}
	var c *server
	var roots []string
	if o.maildir == "" {
		var err error
		if c, err = loadConfig(ctx, o.config, s); err != nil {
			return err
		}
		defer c.release(s)
		roots = c.Mailbox.Roots
	}
	jobs, err := o.jobs(ctx, c, operands, s)
	if err != nil {
		return err
	}
	found, err := maildir.Deleted(ctx, jobs[0].Owner, jobs[0].Maildir, roots)
	if err != nil && len(found) == 0 {
		return &failure{code: exitNoInput, err: err}
	}
	return errors.Join(err, o.print(jobs[0], found, s))
}

// print prints a table or JSON.
func (o *deletedOptions) print(j migrate.Job, found []maildir.DeletedMessage, s streams) error {
	if !o.asJSON && len(found) == 0 {
		text := "no kept messages\n"
		if j.Login != "" {
			text += "For the log of deletions: journalctl TPOPS_EVENT='message deleted' TPOPS_USER=" + visible(setup.Quote(j.Login), "") + "\n"
		}
		_, err := io.WriteString(s.out, text)
		return err
	}
	if !o.asJSON {
		if err := writeTitles(s.out, deletedColumns()); err != nil {
			return err
		}
	}
	for _, d := range found {
		if err := o.printOne(j, d, s); err != nil {
			return err
		}
	}
	return nil
}

func (o *deletedOptions) printOne(j migrate.Job, d maildir.DeletedMessage, s streams) error {
	if o.asJSON {
		return writeJSON(s.out, rowOf(j, d))
	}
	return writeRow(s.out, deletedColumns(), []string{
		d.Time.Format(time.DateTime), d.Session, d.Remote, shortOctets(d.Octets), d.UIDL,
	})
}

// parseAge reads a time such as 90s, 1h or 7d.
func parseAge(text string) (time.Duration, error) {
	age, err := config.ParseDuration(text)
	if err == nil && age < 0 {
		err = errors.New("must not be negative")
	}
	return age, err
}
