package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"time"
)

const usageHelp = `Show how users have logged in, from the file in usage-file, or who would be
locked out by another value of a parameter. A user has a row for each
combination of TLS version, method and kind of port: different clients, as far
as known.

  --if PARAMETER     only clients that could not log in with this value:
                     tls-min-version=1.3, plaintext-login=VALUE,
                     sasl-mechanisms=LIST or apop=no
  --since TIME       only clients that have logged in since, such as 30d
  --user USER        only clients of this user
  --json             all that is known, as one JSON object per row
  -f, --config FILE  the configuration (/etc/tpops/tpops.toml)

CLIENT is the address of the last login, PORT that of the server. GOT are
messages retrieved. MAIL is deletes if the client has deleted messages, leaves
if it has only retrieved some. With --since, LOGINS, GOT and MAIL are those of
whole weeks, for at most 13 weeks; a longer time gives those since the first
login. OTHER is yes if the user also has a client that could log in.

LAST LOGIN is "clock was ahead" if the recorded time is in the future: the clock
was set back since then. The next login of the client corrects it.

A login is recorded within a second after the end of its session.

The exit code is 0, or 1 if --user has no row or a part of the file is damaged,
65 if the configuration is invalid or does not set usage-file, 66 if the file
cannot be read.
`

// usageOptions are the options of the subcommand usage.
type usageOptions struct {
	configOption
	change, since, user string
	asJSON              bool
}

func prepareUsage(flags *flag.FlagSet) action {
	o := &usageOptions{}
	o.declareConfig(flags)
	flags.StringVar(&o.change, "if", "", "")
	flags.StringVar(&o.since, "since", "", "")
	flags.StringVar(&o.user, "user", "", "")
	flags.BoolVar(&o.asJSON, "json", false, "")
	return o.run
}

// run shows the rows.
func (o *usageOptions) run(_ []string, s streams) error {
	ctx, stop := untilSignal()
	defer stop()
	now := time.Now()
	start, err := o.start(now)
	if err != nil {
		return err
	}
	locks, c, err := o.load(ctx, s)
	if err != nil {
		return err
	}
	defer c.release(s)
	if c.Log.Usage == "" {
		return &failure{code: exitData, err: errors.New("usage-file is not set, so nothing is recorded: set it, for example to /var/lib/tpops/usage")}
	}
	rows, damaged, err := o.read(c.Log.Usage, start, now, locks)
	if err != nil {
		return &failure{code: exitNoInput, err: err}
	}
	if err := o.print(rows, s); err != nil {
		return err
	}
	if damaged > 0 {
		return &failure{code: exitPart, err: fmt.Errorf("%s: %d damaged parts were skipped", c.Log.Usage, damaged)}
	}
	if len(rows) == 0 && o.user != "" && o.change == "" {
		return &failure{code: exitPart, err: errors.New("no such login is recorded")}
	}
	return nil
}

// start returns the time of --since, the zero time without it.
func (o *usageOptions) start(now time.Time) (time.Time, error) {
	if o.since == "" {
		return time.Time{}, nil
	}
	age, err := parseAge(o.since)
	if err != nil {
		return time.Time{}, &failure{code: exitUsage, err: fmt.Errorf("--since %w", err)}
	}
	return now.Add(-age), nil
}

// load reads the configuration, with the change of --if, and returns which clients it
// locks out, nil without --if. The caller releases the configuration.
func (o *usageOptions) load(ctx context.Context, s streams) (lockOut, *server, error) {
	rule, err := findLockOut(o.change)
	if err != nil {
		return nil, nil, &failure{code: exitUsage, err: err}
	}
	var changes []string
	if rule.isParameter {
		changes = []string{"--" + o.change}
	}
	c, err := loadServer(ctx, o.config, changes...)
	if err != nil {
		return nil, nil, err
	}
	locks, err := rule.with(c.Config)
	if err != nil {
		c.release(s)
		return nil, nil, &failure{code: exitUsage, err: err}
	}
	return locks, c, nil
}
