package main

import (
	"errors"
	"flag"
	"fmt"
	"runtime"

	"tpops/pkg/migrate"
)

const importHelp = `Take over the UIDLs and the order of messages that another server gave them, so
that no client downloads its mail again. Stop the old POP3 server first.

MAILDIR is the path of a mailbox; - reads paths from standard input, one a line.
Without --apply nothing is changed, and a report shows what would be. --apply
writes tpops_uidl into each Maildir. Mailboxes that have one are skipped, so an
interrupted import can be run again. The report has the number of messages that
Dovecot or Courier has listed with another UIDL since, and of those that TPOPS
has served and --replace would change: clients would download these again.

  --from SERVER      dovecot, courier, qmail, tpop3d, solid-pop3d, teapop,
                     tpops08, or pop3 for any server that is still running
  --apply            write; else only report
  --replace          import mailboxes that have a tpops_uidl again, and those
                     that TPOPS has served with other UIDLs
  --force            import mailboxes with ambiguous or hidden messages too
  --users            all users of the user databases in the configuration
  --logins FILE      the users in FILE, one login name per line
  -f, --config FILE  the configuration (/etc/tpops/tpops.toml)
  --jobs N           mailboxes at a time (twice the number of processors)
  --json             the report as one JSON object per mailbox

With --from dovecot:
  --uidl-format TEXT  pop3_uidl_format (%08Xu%08Xv)
  --doveconf FILE     take pop3_* settings from the output of doveconf -n
  --control-dir DIR   where dovecot-uidlist is; may contain %u, %n and %d

With --from teapop:
  --content  UIDLs are MD5s of messages: teapop was built without FAST_MAILDIR

With --from pop3:
  --server HOST:PORT  the old server
  --accounts FILE     lines of Maildir, login name, password, separated by tabs
  --tls MODE          no, stls or implicit (implicit for port 995, else stls)
  --tls-ca FILE       certificates to trust instead of those of the system

The exit code is 1 if a mailbox was not imported, or if clients will download
messages again. The report shows which.
`

// importOptions are the options of the subcommand import.
type importOptions struct {
	from, logins, config, format, doveconf, controlDir string
	server, accounts, tls, tlsCA                       string
	apply, replace, force, users, asJSON, content      bool
	jobs                                               int
	named                                              []string        // login names; nil for --users, --logins or operands
	given                                              map[string]bool // by name
}

func prepareImport(flags *flag.FlagSet) action {
	o := &importOptions{given: map[string]bool{}}
	for name, value := range map[string]*string{
		"from": &o.from, "logins": &o.logins, "config": &o.config, "f": &o.config, "uidl-format": &o.format,
		"doveconf": &o.doveconf, "control-dir": &o.controlDir, "server": &o.server, "accounts": &o.accounts,
		"tls": &o.tls, "tls-ca": &o.tlsCA,
	} {
		flags.StringVar(value, name, "", "")
	}
	for name, value := range map[string]*bool{
		"apply": &o.apply, "replace": &o.replace, "force": &o.force, "users": &o.users, "json": &o.asJSON, "content": &o.content,
	} {
		flags.BoolVar(value, name, false, "")
	}
	flags.IntVar(&o.jobs, "jobs", 2*runtime.GOMAXPROCS(0), "")
	return func(operands []string, s streams) error {
		flags.Visit(func(f *flag.Flag) { o.given[f.Name] = true })
		return o.run(operands, s)
	}
}

// run imports the mailboxes. A signal ends it after those that are at work.
func (o *importOptions) run(operands []string, s streams) error {
	if err := o.check(operands); err != nil {
		return &failure{code: exitUsage, err: err}
	}
	ctx, stop := untilSignal()
	defer stop()
	source, err := o.source()
	if err != nil {
		return err
	}
	jobs, roots, err := o.list(ctx, operands, s)
	if err != nil {
		return err
	}
	if len(jobs) == 0 {
		return &failure{code: exitNoInput, err: errors.New("there is no mailbox to import")}
	}
	im := &migrate.Importer{Source: source, Apply: o.apply, Replace: o.replace, Force: o.force, Roots: roots}
	return o.report(ctx, im, jobs, s)
}

// check returns what is wrong with the options together.
func (o *importOptions) check(operands []string) error {
	if o.jobs < 1 || o.jobs > 1000 {
		return errors.New("--jobs must be from 1 to 1000")
	}
	if err := o.misplaced(); err != nil {
		return err
	}
	lists := 0
	for _, list := range []bool{len(operands) > 0, o.users, o.logins != "", o.accounts != ""} {
		if list {
			lists++
		}
	}
	if lists != 1 {
		return errors.New("name the mailboxes by one of MAILDIR, --users, --logins and --accounts")
	}
	return nil
}

// misplaced returns an error for an option without effect.
func (o *importOptions) misplaced() error {
	for _, only := range []struct{ option, server string }{
		{"uidl-format", "dovecot"}, {"doveconf", "dovecot"}, {"control-dir", "dovecot"}, {"content", "teapop"},
		{"server", "pop3"}, {"accounts", "pop3"}, {"tls", "pop3"}, {"tls-ca", "pop3"},
	} {
		if o.given[only.option] && o.from != only.server {
			return fmt.Errorf("--%s has an effect only with --from %s", only.option, only.server)
		}
	}
	if (o.given["config"] || o.given["f"]) && !o.users && o.logins == "" {
		return errors.New("--config has an effect only with --users or --logins")
	}
	return nil
}
