package main

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"net/netip"
	"strings"

	"tpops/pkg/backend/logincheck"
	"tpops/pkg/control"
)

const checkHelp = `Go through a login of USER step by step in the running daemon, with its ids, its
sandbox and its connection to the database: TLS rule, failed logins, database,
row, restrictions, owner, mailbox. The last line is the result, and what to
change. Without USER: check what the service needs, such as databases,
certificates and files.

  --address ADDRESS  the address of the client
  --password         ask for the password and compare it too
  --offline          check in this process, with its ids and without the daemon;
                     also if tpops is not running
  -f, --config FILE  the configuration then (/etc/tpops/tpops.toml)
  --json             the steps and the result, as one JSON object each
  --socket PATH      the control socket (/run/tpops/control)

No password is shown. The guard does not count the check. Like a login, the
check locks the mailbox for a moment and may write its index.

The exit code is 0 if the login works, or the service has what it needs,
1 if not or if only the password decides, 65 if the configuration is invalid,
66 if there is no password, 75 if other checks are running, 77 if you may not
use the socket.
`

// checkOptions are the options of the subcommand check.
type checkOptions struct {
	controlOptions
	configOption
	address           string
	password, offline bool
}

func prepareCheck(flags *flag.FlagSet) action {
	o := &checkOptions{}
	o.declare(flags)
	flags.StringVar(&o.address, "address", "", "")
	flags.BoolVar(&o.password, "password", false, "")
	flags.BoolVar(&o.offline, "offline", false, "")
	o.declareConfig(flags)
	return o.run
}

// run checks and prints the report.
func (o *checkOptions) run(operands []string, s streams) error {
	ctx, stop := untilSignal()
	defer stop()
	q, err := o.question(ctx, operands, s)
	if err != nil {
		return err
	}
	var report logincheck.Report
	if !o.offline {
		err = o.askDaemon(q, s, &report)
	}
	if o.offline || errors.Is(err, control.ErrNotRunning) {
		err = o.checkHere(ctx, q, s, &report)
	}
	if err != nil {
		return err
	}
	return o.result(&report, s)
}

// question returns the question that the arguments ask.
func (o *checkOptions) question(ctx context.Context, operands []string, s streams) (*logincheck.Question, error) {
	q := &logincheck.Question{}
	var err error
	switch {
	case len(operands) > 1:
		err = errors.New("name one user")
	case len(operands) == 0 && (o.address != "" || o.password):
		err = errors.New("--address and --password need a user")
	case o.address != "":
		q.Address, err = o.client()
	}
	if err != nil {
		return nil, &failure{code: exitUsage, err: err}
	}
	if len(operands) == 0 {
		return q, nil
	}
	q.User, q.Address = operands[0], q.Address.Unmap().WithZone("")
	if o.password {
		password, err := askPassword(ctx, visible(q.User, ""), bufio.NewReader(s.in), s)
		if err != nil {
			return nil, &failure{code: exitNoInput, err: fmt.Errorf("password of %s: %w", q.User, err)}
		}
		q.Password = &password
	}
	return q, nil
}

// client returns the address of --address.
func (o *checkOptions) client() (netip.Addr, error) {
	a, err := netip.ParseAddr(o.address)
	if err != nil {
		return a, fmt.Errorf("--address: %q is no address", o.address)
	}
	return a, nil
}

// askDaemon has the daemon answer, and prints the steps.
func (o *checkOptions) askDaemon(q *logincheck.Question, s streams, report *logincheck.Report) error {
	end, err := o.ask("check", q, func(row json.RawMessage) error {
		var step logincheck.Step
		if err := json.Unmarshal(row, &step); err != nil {
			return fmt.Errorf("invalid answer of the daemon: %w", err)
		}
		return o.print(step, s)
	})
	if err != nil {
		return err
	}
	if err := json.Unmarshal(end, report); err != nil {
		return fmt.Errorf("invalid answer of the daemon: %w", err)
	}
	return nil
}

// print prints a step.
func (o *checkOptions) print(step logincheck.Step, s streams) error {
	if o.asJSON {
		return printJSON(step, s)
	}
	return writeStep(s.out, step)
}

func printJSON(value any, s streams) error {
	encoded, err := json.Marshal(value)
	if err != nil {
		return err
	}
	_, err = fmt.Fprintln(s.out, visibleJSON(encoded))
	return err
}

// result prints the result, and returns the failure with its exit code.
func (o *checkOptions) result(r *logincheck.Report, s streams) error {
	if o.asJSON {
		r.Steps = nil
		if err := printJSON(r, s); err != nil {
			return err
		}
	} else if _, err := fmt.Fprintln(s.out, strings.Join(wrap(visible(r.Sentence, ""), 100), "\n")); err != nil {
		return err
	}
	if r.Result == logincheck.ResultWorks {
		return nil
	}
	return &failure{code: exitPart, err: errors.New("the check has found a problem: " + r.Result)}
}
