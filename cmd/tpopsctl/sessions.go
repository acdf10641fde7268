package main

import (
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"strings"
	"time"

	"tpops/pkg/operator"
)

const sessionsHelp = `List the present sessions of the running daemon.

  --user USER        only sessions with this login name
  --address ADDRESS  only clients with this address, or in this network
  --json             all that is known, as one JSON object per session
  --socket PATH      the control socket (/run/tpops/control)

USER is shown after the login, or if you have given it: before, it may be a
password in the wrong place. STATE is greet, auth, trans or update (RFC 1939).
SENT are the octets sent to the client. GOT are messages retrieved, DEL messages
marked as deleted. IDLE is the time since the last reply, or * while the command
is carried out.

The exit code is 0, or 1 if --user or --address selects no session, 69 if tpops
is not running, 77 if you may not use the socket.
`

// sessionsOptions are the options of the subcommand sessions.
type sessionsOptions struct {
	controlOptions
	filter operator.Filter
}

func prepareSessions(flags *flag.FlagSet) action {
	o := &sessionsOptions{}
	o.declare(flags)
	flags.StringVar(&o.filter.User, "user", "", "")
	flags.StringVar(&o.filter.Address, "address", "", "")
	return o.run
}

// run lists the sessions.
func (o *sessionsOptions) run(_ []string, s streams) error {
	found, now := 0, time.Now()
	_, err := o.ask("sessions", &o.filter, func(row json.RawMessage) error {
		found++
		if o.asJSON {
			_, err := fmt.Fprintln(s.out, visibleJSON(row))
			return err
		}
		if found == 1 {
			if err := writeTitles(s.out, sessionColumns()); err != nil {
				return err
			}
		}
		return writeSession(s.out, row, now)
	})
	if err != nil || found > 0 {
		return err
	}
	if o.filter != (operator.Filter{}) {
		return &failure{code: exitPart, err: errors.New("no such session")}
	}
	if !o.asJSON {
		_, err = fmt.Fprintln(s.out, "no sessions")
	}
	return err
}

// sessionColumns returns the columns of the table.
func sessionColumns() []column {
	return []column{
		{title: "SESSION", width: 16}, {title: "USER", width: 18}, {title: "CLIENT", width: 21}, {title: "TLS", width: 3},
		{title: "STATE", width: 6}, {title: "SINCE", width: 5, right: true}, {title: "LAST", width: 4}, {title: "IDLE", width: 4, right: true},
		{title: "SENT", width: 5, right: true}, {title: "GOT", width: 4, right: true}, {title: "DEL", width: 4, right: true},
	}
}

// shortState returns a state in at most six characters.
func shortState(state string) string {
	switch state {
	case "authorization":
		return "auth"
	case "transaction":
		return "trans"
	case "greeting":
		return "greet"
	}
	return state
}

// writeSession writes a row of the table, and a line with the server if another one has
// the mailbox.
func writeSession(w io.Writer, row json.RawMessage, now time.Time) error {
	var session operator.Session
	if err := json.Unmarshal(row, &session); err != nil {
		return fmt.Errorf("invalid answer of the daemon: %w", err)
	}
	version, _, _ := strings.Cut(strings.TrimPrefix(session.TLS, "TLSv"), " ")
	err := writeRow(w, sessionColumns(), []string{
		session.ID, session.User, session.Client, version, shortState(session.State), shortDuration(now.Sub(session.Start)),
		session.Command, idleText(&session, now), shortOctets(session.Sent), shortOctets(int64(session.Retrieved)), shortOctets(int64(session.Marked)),
	})
	if err == nil && session.Server != "" {
		err = writeRow(w, serverColumns(), []string{"", "server " + session.Server})
	}
	return err
}

// serverColumns returns the columns of the line with the server of a proxied mailbox.
func serverColumns() []column { return []column{{width: 16}, {width: 83}} }

// idleText returns the time since the last reply, or * while a command is carried out.
func idleText(s *operator.Session, now time.Time) string {
	switch {
	case s.Working:
		return "*"
	case s.Command != "" && !s.CommandAt.IsZero():
		return shortDuration(now.Sub(s.CommandAt))
	}
	return ""
}
