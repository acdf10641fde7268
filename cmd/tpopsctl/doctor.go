package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"runtime"
	"strings"

	"tpops/pkg/backend"
	"tpops/pkg/maildir"
	"tpops/pkg/migrate"
	"tpops/pkg/pool"
	"tpops/pkg/setup"
)

const doctorHelp = `Find faults of mailboxes: what is wrong, its effect on clients, and what to do.
The server need not run. Without --fix nothing is changed and no lock is taken.

MAILDIR is the path of a mailbox; - reads paths from standard input, one a line.

  --user USER        the mailbox of this user of the configuration
  --users            all users of the user databases in the configuration, or
                     all Maildirs below mail-roots if these list no users
  --deep             read all messages: compare the sizes in names exactly,
                     and decode compressed messages
  --fix              repair what can be repaired. This locks the mailbox,
                     deletes no message, and changes no UIDL
  -f, --config FILE  the configuration (/etc/tpops/tpops.toml). With MAILDIR
                     it is read only if this option is given
  --jobs N           mailboxes at a time (twice the number of processors)
  --json             one JSON object per mailbox

Files are read and changed with the rights of the owner of the mailbox. Notes
need no repair. With --users, mailboxes without faults are not listed.

The exit code is 0 if there is no fault or all were repaired, 1 if there are
faults or if a mailbox cannot be read.
`

// doctorOptions are the options of the subcommand doctor.
type doctorOptions struct {
	configOption
	user                     string
	users, deep, fix, asJSON bool
	jobs                     int
}

func prepareDoctor(flags *flag.FlagSet) action {
	o := &doctorOptions{}
	flags.StringVar(&o.user, "user", "", "")
	o.declareConfig(flags)
	flags.BoolVar(&o.users, "users", false, "")
	flags.BoolVar(&o.deep, "deep", false, "")
	flags.BoolVar(&o.fix, "fix", false, "")
	flags.BoolVar(&o.asJSON, "json", false, "")
	flags.IntVar(&o.jobs, "jobs", 2*runtime.GOMAXPROCS(0), "")
	return o.run
}

// run examines the mailboxes. A signal ends it after those that are at work.
func (o *doctorOptions) run(operands []string, s streams) error {
	if err := o.check(operands); err != nil {
		return &failure{code: exitUsage, err: err}
	}
	ctx, stop := untilSignal()
	defer stop()
	c, options, err := o.parameters(ctx, s)
	if err != nil {
		return err
	}
	defer c.release(s)
	jobs, err := o.mailboxes(ctx, c, operands, s)
	if err != nil {
		return err
	}
	if len(jobs) == 0 {
		return &failure{code: exitNoInput, err: errors.New("there is no mailbox to examine")}
	}
	return o.examine(ctx, jobs, options, s)
}

// check returns what is wrong with the options together.
func (o *doctorOptions) check(operands []string) error {
	if o.jobs < 1 || o.jobs > 1000 {
		return errors.New("--jobs must be from 1 to 1000")
	}
	lists := 0
	for _, list := range []bool{len(operands) > 0, o.users, o.user != ""} {
		if list {
			lists++
		}
	}
	if lists != 1 {
		return errors.New("name the mailboxes by one of MAILDIR, --user and --users")
	}
	return nil
}

// parameters returns the configuration, which the caller releases, nil if none is needed,
// and how the server opens mailboxes.
func (o *doctorOptions) parameters(ctx context.Context, s streams) (*server, maildir.Options, error) {
	if o.config == "" && !o.users && o.user == "" {
		return nil, maildir.Options{Refuse: true, UIDLConvert: true}, nil
	}
	c, err := loadConfig(ctx, o.config, s)
	if err != nil {
		return nil, maildir.Options{}, err
	}
	return c, backend.MaildirOptions(c.Config, slog.New(slog.DiscardHandler), backend.Kept{}), nil
}

func (o *doctorOptions) mailboxes(ctx context.Context, c *server, operands []string, s streams) ([]migrate.Job, error) {
	if len(operands) > 0 {
		return jobsOrUser(operands, s)
	}
	var named []string
	if o.user != "" {
		named = []string{o.user}
	}
	return jobsOfUsers(ctx, c.Config, mailboxList{o.config, "cur"}, named, s)
}

// jobsOrUser returns the jobs of Maildirs. A name that is no path may be that of a user.
func jobsOrUser(operands []string, s streams) ([]migrate.Job, error) {
	for _, name := range operands {
		if name == "-" || strings.Contains(name, "/") {
			continue
		}
		if _, err := os.Lstat(name); errors.Is(err, fs.ErrNotExist) {
			return nil, &failure{code: exitNoInput, err: fmt.Errorf("%s: no such Maildir in this directory: for the mailbox of a user write --user %s", name, setup.Quote(name))}
		}
	}
	return jobsOf(operands, s)
}

// examine examines each mailbox and prints what was found, and totals.
func (o *doctorOptions) examine(ctx context.Context, jobs []migrate.Job, options maildir.Options, s streams) error {
	t := doctorTotals{quiet: o.users, asJSON: o.asJSON, isNamed: !o.users}
	printed := newReports(len(jobs), o.asJSON, s)
	look := func(ctx context.Context, j migrate.Job) examined {
		if j.Err != nil {
			return examined{job: j, err: j.Err}
		}
		health, err := maildir.Examine(ctx, j.Owner, j.Maildir, options, o.deep, o.fix)
		return examined{j, health, err}
	}
	pool.Run(ctx, jobs, o.jobs, look, func(e examined) { t.report(printed, e) })
	failed := printed.finish()
	if !o.asJSON {
		failed = errors.Join(failed, t.print(s.out))
	}
	return errors.Join(failed, mailboxResult(ctx, t.mailboxes, t.ill, len(jobs)))
}
