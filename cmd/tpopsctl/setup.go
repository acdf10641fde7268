package main

import (
	"bufio"
	"context"
	"errors"
	"flag"
	"fmt"
	"net"
	"os"
	"strings"
	"time"

	"tpops/pkg/setup"
	"tpops/pkg/unit"
)

const setupHelp = `Make or change the configuration of this machine: ask what cannot be found out,
show what would be written and run, and do it after a yes. Then start the
service, log in as the first user, and print a command that undoes it. What is
not asked for stays. Files that are changed keep a backup beside them. Run it
again after an error. Before clients change from another POP3 server, read
tpops-moving(7).

      --users KIND         system (users of the system, mail in ~/Maildir),
                           file (/etc/tpops/users), or mysql
      --mail-root DIR      directory of the mail (/var/vmail); for system users
                           those of the home directories, separated by commas
      --tls-cert FILE      certificate with its chain, in PEM
      --tls-key FILE       its private key
      --no-tls             no TLS; default: a certificate for the name of this
                           machine, if one is found; see tpops-security(7)
      --port PORT          port, or address:port, for POP3 and STLS (110)
      --tls-port PORT      port, or address:port, for TLS (995)
      --mysql-server HOST  host, host:port, or path of a socket
      --mysql-user NAME    user of the database (tpops)
      --mysql-db NAME      database (mail)
      --mysql-passwd-file FILE  file with the password of that user;
                           without it a new database on this machine gets one
      --login NAME         add this first user; the password is asked for, or is
                           a line of standard input
      --dry-run            show what would be written and run, and end
  -y, --yes                ask no questions
      --no-start           start nothing

The exit code is 0 if the service works, 1 if it was set up but the check or the
login failed, 64 for wrong options, 65 if the choice or the configuration is
invalid, 66 if standard input ends before the password, 69 if another program
has a port, 75 after an interruption, 77 if you are not root.
`

// setupOptions are the options of setup.
type setupOptions struct {
	choice      setup.Choice
	passwdFile  string
	dryRun, yes bool
	noStart     bool
	given       map[string]bool // options that were given
	isTerminal  bool
	asker       *asker
	machine     *setup.Machine
}

func prepareSetup(flags *flag.FlagSet) action {
	o := &setupOptions{given: map[string]bool{}}
	c := &o.choice
	for name, value := range map[string]*string{
		"users": &c.Users, "mail-root": &c.MailRoot, "tls-cert": &c.Cert, "tls-key": &c.Key, "port": &c.Port, "tls-port": &c.TLSPort,
		"mysql-server": &c.MySQL.Server, "mysql-user": &c.MySQL.User, "mysql-db": &c.MySQL.DB,
		"mysql-passwd-file": &o.passwdFile, "login": &c.First.Login,
	} {
		flags.StringVar(value, name, "", "")
	}
	flags.BoolVar(&c.NoTLS, "no-tls", false, "")
	flags.BoolVar(&o.dryRun, "dry-run", false, "")
	flags.BoolVar(&o.noStart, "no-start", false, "")
	yes := switchFlag(flags, "y", "yes")
	return func(_ []string, s streams) error {
		flags.Visit(func(f *flag.Flag) { o.given[f.Name] = true })
		o.yes = *yes
		return o.run(s)
	}
}

// run makes the choice, shows the plan, and carries it out.
func (o *setupOptions) run(s streams) error {
	ctx, stop := untilSignal()
	defer stop()
	if err := o.permitted(s); err != nil {
		return err
	}
	if err := o.look(ctx); err != nil {
		return &failure{code: exitData, err: err}
	}
	choice, err := o.choose(ctx, s)
	if err != nil {
		return err
	}
	plan, err := setup.Make(ctx, o.machine, choice)
	if err != nil {
		return &failure{code: exitData, err: err}
	}
	o.printPlan(plan, s)
	if o.dryRun {
		return nil
	}
	if err := o.portsFree(plan, choice); err != nil {
		return err
	}
	if err := o.confirm(plan, s); err != nil {
		return err
	}
	return o.carryOut(ctx, plan, choice, s)
}

// permitted returns why setup cannot run like this, or nil.
func (o *setupOptions) permitted(s streams) error {
	o.isTerminal = isTerminal(s.in)
	switch {
	case o.choice.NoTLS && o.given["tls-cert"], o.given["tls-cert"] != o.given["tls-key"]:
		return &failure{code: exitUsage, err: errors.New("give --tls-cert and --tls-key, or --no-tls")}
	case !o.dryRun && os.Geteuid() != 0:
		return &failure{code: exitRefused, err: errors.New("only root can set up the service; --dry-run shows what it would do")}
	case !o.dryRun && !o.yes && !o.isTerminal:
		return &failure{code: exitUsage, err: errors.New("standard input is no terminal: add --yes or --dry-run, and --users system, file or mysql; --login takes the password from standard input; see tpopsctl setup --help")}
	}
	return nil
}

// hostTimeout is how long the full name of the machine may take.
const hostTimeout = 2 * time.Second

// look finds out what the machine has.
func (o *setupOptions) look(ctx context.Context) error {
	hostname, err := os.Hostname()
	if err != nil {
		return err
	}
	if !strings.Contains(hostname, ".") {
		ctx, cancel := context.WithTimeout(ctx, hostTimeout)
		defer cancel()
		if full, err := net.DefaultResolver.LookupCNAME(ctx, hostname); err == nil && strings.Contains(strings.TrimSuffix(full, "."), ".") {
			hostname = strings.TrimSuffix(full, ".")
		}
	}
	o.machine, err = setup.Look(setup.Source{Hostname: hostname, IsSystemd: unit.IsInstalled(ctx), Now: time.Now()})
	if err != nil {
		return err
	}
	if o.machine.IsSystemd {
		_, err = unit.Systemctl(ctx, "is-active", "--quiet", "tpops.socket")
		o.machine.Active = err == nil
		_, err = unit.Systemctl(ctx, "is-active", "--quiet", "tpops-tls.socket")
		o.machine.ActiveTLS = err == nil
		o.machine.Started = serviceStarted(ctx)
	}
	return nil
}

// portsFree returns an error if another program has a port that the service would open.
func (o *setupOptions) portsFree(plan *setup.Plan, c *setup.Choice) error {
	if o.noStart {
		return nil
	}
	ports := []string{c.Port}
	if plan.HasTLS() {
		ports = append(ports, c.TLSPort)
	}
	for _, port := range ports {
		if l, taken := o.machine.Listener(port); taken {
			return &failure{code: exitNoServer, err: fmt.Errorf("%s\nNothing was changed. Use --port and --tls-port for other ports, or --no-start", l.Advice(port))}
		}
	}
	return nil
}

// confirm asks whether to carry the plan out, unless it would change nothing.
func (o *setupOptions) confirm(plan *setup.Plan, s streams) error {
	starts := o.machine.IsSystemd && !o.noStart
	if o.yes || len(plan.Steps) == 0 && !(starts && plan.ChangesPorts()) {
		return nil
	}
	answer, err := o.asker.ask("Do this? yes or no", "no", oneOf("yes", "y", "no", "n"))
	if err == nil && answer != "yes" && answer != "y" {
		err = errUnchanged
	}
	return err
}

// errUnchanged is the error after an interruption or a no.
var errUnchanged = &failure{code: exitTemporary, err: errors.New("nothing was changed")}

// newAsker returns what asks the questions.
func newAsker(ctx context.Context, s streams) *asker {
	return &asker{ctx: ctx, lines: bufio.NewReader(s.in), streams: s}
}
