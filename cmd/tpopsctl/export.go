package main

import (
	"errors"
	"flag"
	"fmt"
	"runtime"

	"tpops/pkg/migrate"
)

const exportHelp = `Write the list of another server, so that it shows the UIDLs and the order that
TPOPS shows, and no client downloads its mail again when the operator goes back.

MAILDIR is the path of a mailbox; - reads paths from standard input, one a line.
Without --apply nothing is changed, and a report shows what would be.

  --to SERVER        dovecot writes dovecot-uidlist, under Dovecot's lock;
                     courier writes courierpop3dsizelist
  --apply            write; else only report
  --force            export a mailbox too if the UIDLs or the order of some
                     messages cannot be kept
  --users            all users of the user databases in the configuration
  --logins FILE      the users in FILE, one login name per line
  -f, --config FILE  the configuration (/etc/tpops/tpops.toml)
  --jobs N           mailboxes at a time (twice the number of processors)
  --json             the report as one JSON object per mailbox

With --to dovecot:
  --uidl-format TEXT  pop3_uidl_format (%08Xu%08Xv)
  --doveconf FILE     take pop3_* settings from the output of doveconf -n
  --control-dir DIR   where dovecot-uidlist is; may contain %u, %n and %d

The exit code is 1 if a mailbox was not exported, or if clients will download
messages again. The report shows which.
`

// exportOptions are the options of the subcommand export. Mailboxes and settings of
// Dovecot are named as for import.
type exportOptions struct {
	importOptions
	to string
}

func prepareExport(flags *flag.FlagSet) action {
	o := &exportOptions{}
	o.given = map[string]bool{}
	for name, value := range map[string]*string{
		"to": &o.to, "logins": &o.logins, "config": &o.config, "f": &o.config, "uidl-format": &o.format,
		"doveconf": &o.doveconf, "control-dir": &o.controlDir,
	} {
		flags.StringVar(value, name, "", "")
	}
	for name, value := range map[string]*bool{"apply": &o.apply, "force": &o.force, "users": &o.users, "json": &o.asJSON} {
		flags.BoolVar(value, name, false, "")
	}
	flags.IntVar(&o.jobs, "jobs", 2*runtime.GOMAXPROCS(0), "")
	return func(operands []string, s streams) error {
		flags.Visit(func(f *flag.Flag) { o.given[f.Name] = true })
		return o.run(operands, s)
	}
}

// run exports the mailboxes. A signal ends it after those that are at work.
func (o *exportOptions) run(operands []string, s streams) error {
	if err := o.check(operands); err != nil {
		return &failure{code: exitUsage, err: err}
	}
	target, err := o.target()
	if err != nil {
		return err
	}
	ctx, stop := untilSignal()
	defer stop()
	jobs, roots, err := o.list(ctx, operands, s)
	if err != nil {
		return err
	}
	if len(jobs) == 0 {
		return &failure{code: exitNoInput, err: errors.New("there is no mailbox to export")}
	}
	ex := &migrate.Exporter{Target: target, Apply: o.apply, Force: o.force, Roots: roots}
	return o.report(ctx, ex, jobs, s)
}

// check returns what is wrong with the options together.
func (o *exportOptions) check(operands []string) error {
	for _, option := range []string{"uidl-format", "doveconf", "control-dir"} {
		if o.given[option] && o.to != "dovecot" {
			return fmt.Errorf("--%s has an effect only with --to dovecot", option)
		}
	}
	o.from = o.to // The options that only import has are not set.
	return o.importOptions.check(operands)
}

// target returns the server that --to names.
func (o *exportOptions) target() (migrate.Target, error) {
	switch o.to {
	case "dovecot":
		return o.dovecot()
	case "courier":
		return migrate.Courier{}, nil
	case "":
		return nil, &failure{code: exitUsage, err: errors.New("--to SERVER is missing")}
	}
	return nil, &failure{code: exitUsage, err: fmt.Errorf("--to %s: unknown server: must be dovecot or courier", o.to)}
}
