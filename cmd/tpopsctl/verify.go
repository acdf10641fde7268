package main

import (
	"errors"
	"flag"
	"time"

	"tpops/pkg/proxy"
	"tpops/pkg/verify"
)

const verifyHelp = `Log in to the old server and to the new one, and compare UIDLs, order and sizes:
clients download a message again whose UIDL the old server does not have.

The passwords of the USERs are read from standard input, one a line in their
order, or asked for on a terminal. USER may be any login name that both servers
accept, such as USER*MASTER with the password of a master user.

  --against HOST:PORT  the old server
  --server HOST:PORT   the new server (localhost:110)
  --users FILE         lines of login name and password, separated by a tab;
                       - reads standard input
  --tls MODE           no, stls or implicit (implicit for port 995, else stls)
  --server-tls MODE    the same for the new server, if it differs
  --tls-ca FILE        certificates to trust instead of those of the system
  --insecure           accept any certificate
  --jobs N             users at a time (4)
  --lines N            differences to show for each user (10)
  --json               the report as one JSON object per user

Nothing is retrieved, marked or deleted. The login and QUIT may move messages
from new to cur, as those of any client do. Sizes that differ no more than the
size of a file from the exact one are reported apart and are no difference: many
servers count a line end as one octet, also TPOPS with maildir-use-filesize.

The exit code is 0 if all is equal. Otherwise the first that applies: 69 if a
server cannot be reached, 75 after a temporary error, 77 if a login is refused,
65 after an invalid reply, 1 if lists differ.
`

// verifyOptions are the options of the subcommand verify.
type verifyOptions struct {
	against, server, users, tls, serverTLS, tlsCA string
	insecure, asJSON                              bool
	jobs, lines                                   int
}

// verifyTimeout is how long one server may take for the list of one user.
const verifyTimeout = 10 * time.Minute

func prepareVerify(flags *flag.FlagSet) action {
	o := &verifyOptions{}
	flags.StringVar(&o.against, "against", "", "")
	flags.StringVar(&o.server, "server", "localhost:110", "")
	flags.StringVar(&o.users, "users", "", "")
	flags.StringVar(&o.tls, "tls", "", "")
	flags.StringVar(&o.serverTLS, "server-tls", "", "")
	flags.StringVar(&o.tlsCA, "tls-ca", "", "")
	flags.BoolVar(&o.insecure, "insecure", false, "")
	flags.BoolVar(&o.asJSON, "json", false, "")
	flags.IntVar(&o.jobs, "jobs", 4, "")
	flags.IntVar(&o.lines, "lines", 10, "")
	return o.run
}

// run compares the mailboxes. A signal breaks it off: users whose comparison has not ended
// have no report.
func (o *verifyOptions) run(operands []string, s streams) error {
	if err := o.check(operands); err != nil {
		return &failure{code: exitUsage, err: err}
	}
	checker, err := o.checker()
	if err != nil {
		return err
	}
	ctx, stop := untilSignal()
	defer stop()
	users, err := o.accounts(ctx, operands, s)
	if err != nil {
		return err
	}
	return o.report(ctx, checker, users, s)
}

// check returns what is wrong with the options together.
func (o *verifyOptions) check(operands []string) error {
	switch {
	case o.against == "":
		return errors.New("--against HOST:PORT is missing")
	case (o.users == "") == (len(operands) == 0):
		return errors.New("name the users by one of USER and --users")
	case o.jobs < 1 || o.jobs > 1000:
		return errors.New("--jobs must be from 1 to 1000")
	case o.lines < 0 || o.lines > 1_000_000:
		return errors.New("--lines must be from 0 to 1000000")
	case o.insecure && o.tlsCA != "":
		return errors.New("--tls-ca has no effect with --insecure")
	}
	return nil
}

// checker returns the two servers.
func (o *verifyOptions) checker() (*verify.Checker, error) {
	if o.serverTLS == "" {
		o.serverTLS = o.tls
	}
	was, err := o.dialer("--against", o.against, "--tls", o.tls)
	if err != nil {
		return nil, err
	}
	now, err := o.dialer("--server", o.server, "--server-tls", o.serverTLS)
	if err != nil {
		return nil, err
	}
	return &verify.Checker{Old: was.Open, New: now.Open, Timeout: verifyTimeout, Lines: o.lines}, nil
}

// dialer returns the client for one of the servers.
func (o *verifyOptions) dialer(option, server, tlsOption, mode string) (*proxy.Proxy, error) {
	mode, err := tlsMode(tlsOption, mode, server, "")
	if err != nil {
		return nil, &failure{code: exitUsage, err: err}
	}
	return dialer(proxy.Options{Servers: []string{server}, TLS: mode, CAFile: o.tlsCA, Insecure: o.insecure}, option)
}
