package main

import (
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"net/netip"
	"time"

	"tpops/pkg/operator"
)

const traceHelp = `Show the dialogues of a user or of the clients at an address, line by line,
until you interrupt it. The operand is an address if it is written like one:
192.0.2.1, 192.0.2.0/24, 2001:db8::1.

  --for DURATION  how long; 10m by default, 24h at most
  --limit N       end after N lines
  --json          one JSON object per line
  --socket PATH   the control socket (/run/tpops/control)

C is a line of the client, S a line of the server, - an event. A line of the
client is shown only if it is a command with valid public arguments. Of any
other line, and of every password, only the command and the length are shown.
Of messages and lists, only the length is shown. The log has an event with your
user id when a trace begins, and when it ends.

A trace of a user begins with the line that names the user, and the lines before
it. Lines that you read too slowly are lost: sessions do not wait.

The exit code is 0, or 69 if tpops is not running, 75 if there are too many
traces, 77 if you may not use the socket.
`

// traceOptions are the options of the subcommand trace.
type traceOptions struct {
	controlOptions
	duration time.Duration
	limit    int
}

func prepareTrace(flags *flag.FlagSet) action {
	o := &traceOptions{}
	o.declare(flags)
	flags.DurationVar(&o.duration, "for", 10*time.Minute, "")
	flags.IntVar(&o.limit, "limit", 0, "")
	return o.run
}

// run shows lines until the trace ends.
func (o *traceOptions) run(operands []string, s streams) error {
	if o.duration < time.Second {
		return &failure{code: exitUsage, err: errors.New("--for is less than a second")}
	}
	args := operator.TraceArguments{Seconds: int(o.duration / time.Second), Limit: o.limit}
	if isAddress(operands[0]) {
		args.Address = operands[0]
	} else {
		args.User = operands[0]
	}
	end, err := o.ask("trace", &args, func(row json.RawMessage) error {
		if o.asJSON {
			_, err := fmt.Fprintln(s.out, visibleJSON(row))
			return err
		}
		var line operator.TraceLine
		if err := json.Unmarshal(row, &line); err != nil {
			return fmt.Errorf("invalid answer of the daemon: %w", err)
		}
		_, err := fmt.Fprint(s.out, traceText(&line))
		return err
	})
	switch {
	case errors.Is(err, context.Canceled):
		return nil // A signal has ended the trace.
	case err != nil:
		return err
	}
	var sum operator.TraceEnd
	if err := json.Unmarshal(end, &sum); err != nil {
		return fmt.Errorf("invalid answer of the daemon: %w", err)
	}
	_, err = fmt.Fprintf(s.err, "lines: %d, lost: %d\n", sum.Lines, sum.Lost)
	return err
}

// isAddress reports whether text is an address or a network.
func isAddress(text string) bool {
	_, errAddress := netip.ParseAddr(text)
	_, errNetwork := netip.ParsePrefix(text)
	return errAddress == nil || errNetwork == nil
}

// traceText returns the text of a line, and of lines that are missing before it.
func traceText(l *operator.TraceLine) string {
	missing := ""
	if l.Lost > 0 {
		missing = fmt.Sprintf("(lines lost: %d)\n", l.Lost)
	}
	who := l.Client
	if l.User != "" {
		who = l.User
	}
	return missing + visible(fmt.Sprintf("%s %s %s %s %s", l.Time.Local().Format("15:04:05.000"), l.Session, who, l.Direction, l.Text), "") + "\n"
}
