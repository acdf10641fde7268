package main

import (
	"encoding/json"
	"errors"
	"flag"
	"fmt"

	"tpops/pkg/operator"
)

const kickHelp = `End sessions of the running daemon. Nothing is deleted, as if the connection was
lost: only a session whose QUIT has arrived finishes it. Clients may connect
again.

  --session ID       the session with this id, as in the log
  --user USER        the sessions with this login name
  --address ADDRESS  the clients with this address, or in this network
  --json             the sessions as they were, as one JSON object per session
  --socket PATH      the control socket (/run/tpops/control)

With several of these options a session must match all of them. The log has an
event for each session, with your user id.

The exit code is 0, or 1 if no session matches, 69 if tpops is not running, 77
if you may not use the socket.
`

// kickOptions are the options of the subcommand kick.
type kickOptions struct {
	controlOptions
	filter operator.Filter
}

func prepareKick(flags *flag.FlagSet) action {
	o := &kickOptions{}
	o.declare(flags)
	flags.StringVar(&o.filter.Session, "session", "", "")
	flags.StringVar(&o.filter.User, "user", "", "")
	flags.StringVar(&o.filter.Address, "address", "", "")
	return o.run
}

// run ends the sessions and reports each.
func (o *kickOptions) run(_ []string, s streams) error {
	if o.filter == (operator.Filter{}) {
		return &failure{code: exitUsage, err: errors.New("name the sessions by --session, --user or --address")}
	}
	found := 0
	_, err := o.ask("kick", &o.filter, func(row json.RawMessage) error {
		found++
		if o.asJSON {
			_, err := fmt.Fprintln(s.out, visibleJSON(row))
			return err
		}
		var session operator.Session
		if err := json.Unmarshal(row, &session); err != nil {
			return fmt.Errorf("invalid answer of the daemon: %w", err)
		}
		_, err := fmt.Fprintln(s.out, visible(kickedText(&session), ""))
		return err
	})
	if err == nil && found == 0 {
		return &failure{code: exitPart, err: errors.New("no such session")}
	}
	return err
}

// kickedText returns the line about a session.
func kickedText(s *operator.Session) string {
	text := fmt.Sprintf("%s (%s, %s): ended", s.ID, s.User, s.Client)
	if s.State == "update" {
		return fmt.Sprintf("%s (%s, %s): QUIT is in progress, the session ends after it", s.ID, s.User, s.Client)
	}
	return text
}
