package main

import (
	"encoding/json"
	"fmt"
	"io"
	"strings"
	"time"

	"tpops/pkg/operator"
)

// timeLayout shows when something begins or ends, in the operator's time zone.
const timeLayout = "2006-01-02 15:04:05"

// askBans sends a request that is answered with bans and reports each: in a table, or in
// a line with what became of it. It returns the value that ends the answer and the number
// of bans.
func (o *banOptions) askBans(command string, c operator.BanChange, s streams, became string) (end json.RawMessage, found int, err error) {
	end, err = o.ask(command, c, func(row json.RawMessage) error {
		found++
		if o.asJSON {
			_, err := fmt.Fprintln(s.out, visibleJSON(row))
			return err
		}
		var b operator.Ban
		if err := json.Unmarshal(row, &b); err != nil {
			return fmt.Errorf("invalid answer of the daemon: %w", err)
		}
		if became != "" {
			return reportBan(s, &b, became)
		}
		if found == 1 {
			if err := writeTitles(s.out, banColumns()); err != nil {
				return err
			}
		}
		return writeBan(s.out, &b, time.Now())
	})
	return end, found, err
}

// banColumns returns the columns of the table.
func banColumns() []column {
	return []column{
		{title: "NETWORK", width: 24}, {title: "SINCE", width: 19}, {title: "UNTIL", width: 19}, {title: "LEFT", width: 5, right: true},
		{title: "BY UID", width: 10, right: true}, {title: "EXCEPT", width: 16},
	}
}

// writeBan writes a row of the table.
func writeBan(w io.Writer, b *operator.Ban, now time.Time) error {
	return writeRow(w, banColumns(), []string{
		b.Network, b.Since.Local().Format(timeLayout), b.Until.Local().Format(timeLayout), shortDuration(b.Until.Sub(now)),
		fmt.Sprint(b.UID), strings.Join(b.Exempt, ","),
	})
}

// reportBan writes what became of a ban, and warns of addresses that it does not reach.
func reportBan(s streams, b *operator.Ban, became string) error {
	text := fmt.Sprintf("%s: %s", b.Network, became)
	if became == "banned" {
		text += " until " + b.Until.Local().Format(timeLayout)
	}
	if _, err := fmt.Fprintln(s.out, visible(text, "")); err != nil || len(b.Exempt) == 0 || became != "banned" {
		return err
	}
	_, err := fmt.Fprintf(s.err, "warning: not banned, because the configuration exempts them: %s\n",
		visible(strings.Join(b.Exempt, ", "), ""))
	return err
}

// writeStanding writes what is remembered of an address or a user, a fact per line.
func writeStanding(w io.Writer, s *operator.Standing, now time.Time) error {
	facts := [][2]string{{"user", s.User}}
	if s.Address != "" {
		facts = addressFacts(s)
	}
	facts = append(facts, [2]string{"delay now", delayText(s, now)})
	if s.User != "" {
		facts = append(facts, [2]string{"failed logins", fmt.Sprint(s.Failures)}, [2]string{"sessions", fmt.Sprint(s.Connections)})
	}
	for _, fact := range facts {
		if fact[1] == "" {
			continue
		}
		if _, err := fmt.Fprintf(w, "%-16s %s\n", fact[0], visible(fact[1], "")); err != nil {
			return err
		}
	}
	return nil
}

// addressFacts returns what is remembered of an address, without its delay.
func addressFacts(s *operator.Standing) [][2]string {
	state, ban, known := "accepted", "no", "no login has succeeded within a week"
	switch {
	case s.Exempt:
		state = "accepted: the configuration exempts the address from limits by address"
	case s.Refused:
		state = "refused"
	}
	if s.Ban != nil {
		ban = fmt.Sprintf("%s, until %s, by uid %d", s.Ban.Network, s.Ban.Until.Local().Format(timeLayout), s.Ban.UID)
	}
	if s.Known {
		known = "a login has succeeded within a week"
	}
	return [][2]string{
		{"address", s.Address}, {"counted with", s.Counted}, {"new connections", state}, {"ban", ban}, {"known", known},
		{"connections", fmt.Sprint(s.Connections)}, {"failed logins", fmt.Sprintf("different users: %d", s.Failures)},
	}
}

// delayText returns the delay of the next login, and when there is none any more.
func delayText(s *operator.Standing, now time.Time) string {
	if s.Delay == 0 {
		return "none"
	}
	return fmt.Sprintf("%gs, none in %s if no more logins fail", s.Delay, s.Until.Sub(now).Round(time.Second))
}
