package main

import (
	"cmp"
	"context"
	"errors"
	"flag"
	"fmt"
	"io/fs"
	"os"
	"slices"
	"strings"
	"time"

	"tpops/pkg/config"
	"tpops/pkg/unit"
	"tpops/pkg/usage"
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

A login is recorded within a second after the end of its session.

The exit code is 0, or 1 if --user has no row or a part of the file is damaged,
66 if the file cannot be read.
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

// usageRow is a row as JSON.
type usageRow struct {
	User    string    `json:"user"`
	Last    time.Time `json:"last"`
	First   time.Time `json:"first"`
	Address string    `json:"address,omitempty"`
	Server  string    `json:"server,omitempty"`
	usage.Class
	usage.Count
	Mail  string `json:"mail,omitempty"`
	Other *bool  `json:"other,omitempty"`
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
	locks, c, err := o.load(ctx)
	if err != nil {
		return err
	}
	if c.Log.Usage == "" {
		return &failure{code: exitData, err: errors.New("usage-file is not set: nothing is recorded")}
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
// locks out, nil without --if.
func (o *usageOptions) load(ctx context.Context) (lockOut, *config.Config, error) {
	name := o.config
	if name == "" {
		name = unit.InstalledConfig
	}
	host, _ := os.Hostname()
	source := config.Source{Args: []string{"--config=" + name}, Hostname: host, MustExist: true}
	rule, err := findLockOut(o.change)
	if err != nil {
		return nil, nil, &failure{code: exitUsage, err: err}
	}
	if rule.isParameter {
		source.Args = append(source.Args, "--"+o.change)
	}
	c, err := loadWithCredentials(ctx, source, name)
	if err != nil {
		return nil, nil, &failure{code: exitData, err: err}
	}
	locks, err := rule.with(c)
	if err != nil {
		return nil, nil, &failure{code: exitUsage, err: err}
	}
	return locks, c, nil
}

// read returns the selected rows, sorted by user, the last login first, and how many parts
// of the file are damaged.
func (o *usageOptions) read(name string, start, now time.Time, locks lockOut) (rows []usageRow, damaged int, err error) {
	r, err := usage.OpenReader(name, now)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, 0, fmt.Errorf("%w: the daemon creates it when it starts with this usage-file", err)
	}
	if err != nil {
		return nil, 0, err
	}
	defer r.Close()
	others := map[string]bool{}
	for c := range r.Clients() {
		switch {
		case !o.selects(&c, start):
		case locks != nil && !locks(&c):
			others[c.User] = true
		default:
			rows = append(rows, rowOfClient(&c, start))
		}
	}
	for i := range rows {
		if other := others[rows[i].User]; locks != nil {
			rows[i].Other = &other
		}
	}
	slices.SortFunc(rows, compareUsage)
	return rows, r.Damaged(), r.Err()
}

// compareUsage has the last login of a user first.
func compareUsage(a, b usageRow) int {
	return cmp.Or(strings.Compare(a.User, b.User), b.Last.Compare(a.Last), strings.Compare(a.Method, b.Method))
}

// selects reports whether the options select a record.
func (o *usageOptions) selects(c *usage.Client, start time.Time) bool {
	return (o.user == "" || c.User == o.user) && !c.Last.Before(start)
}

func rowOfClient(c *usage.Client, start time.Time) usageRow {
	row := usageRow{User: c.User, Last: c.Last.UTC(), First: c.First.UTC(), Class: c.Class, Count: c.Since(start)}
	if c.Client.IsValid() {
		row.Address = c.Client.Addr().String()
	}
	if c.Server.IsValid() {
		row.Server = c.Server.String()
	}
	switch {
	case row.Deleted > 0:
		row.Mail = "deletes"
	case row.Retrieved > 0:
		row.Mail = "leaves"
	}
	return row
}
