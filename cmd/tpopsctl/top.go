package main

import (
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"
	"time"

	"tpops/pkg/operator"
)

const topHelp = `Watch the sessions of the running daemon. Without a terminal, or with TERM=dumb,
print one table.

  --user USER        only sessions with this login name
  --address ADDRESS  only clients with this address, or in this network
  --sort ORDER       user, address, since, state, octets, rate, messages (rate)
  --reverse          turn the order round
  --json             one JSON object per session, once
  --socket PATH      the control socket (/run/tpops/control)

The keys are: u a s t o r m for an order, the same again to turn it round; the
arrows to choose a session; k to end it, after a question; / to show only
sessions with a text in USER or CLIENT; p to pause; q to quit.

RATE are octets per second. STATE, SENT, GOT, DEL and IDLE are as in sessions.
The daemon looks at its sessions once a second at most, however many watch. At
most 1000 sessions are shown.

The exit code is 0, or 69 if tpops is not running, 75 after a signal, 77 if you
may not use the socket.
`

// topOptions are the options of the subcommand top.
type topOptions struct {
	controlOptions
	question operator.TopQuestion
}

func prepareTop(flags *flag.FlagSet) action {
	o := &topOptions{}
	o.declare(flags)
	flags.StringVar(&o.question.User, "user", "", "")
	flags.StringVar(&o.question.Address, "address", "", "")
	flags.StringVar(&o.question.Sort, "sort", "rate", "")
	flags.BoolVar(&o.question.Reverse, "reverse", false, "")
	return o.run
}

// run watches the sessions, or prints them once.
func (o *topOptions) run(_ []string, s streams) error {
	if !slices.Contains(operator.TopOrders(), o.question.Sort) {
		return usageOf("top", fmt.Errorf("--sort must be one of %s", strings.Join(operator.TopOrders(), ", ")))
	}
	ctx, stop := untilSignal()
	defer stop()
	if term := os.Getenv("TERM"); !o.asJSON && isTerminal(s.in) && isTerminal(s.out) && term != "" && term != "dumb" {
		return o.watch(ctx, s.out)
	}
	return o.once(ctx, s.out)
}

// topAnswer is the answer to a question.
type topAnswer struct {
	rows []operator.TopSession
	end  operator.TopEnd
}

// fetch asks the daemon for the first sessions.
func (o *topOptions) fetch(ctx context.Context, q operator.TopQuestion) (a topAnswer, err error) {
	end, err := o.askUntil(ctx, "top", q, func(row json.RawMessage) error {
		var s operator.TopSession
		if err := json.Unmarshal(row, &s); err != nil {
			return fmt.Errorf("invalid answer of the daemon: %w", err)
		}
		a.rows = append(a.rows, s)
		return nil
	})
	if err == nil {
		err = json.Unmarshal(end, &a.end)
	}
	return a, err
}

// sampleTime is how long once waits for a rate.
const sampleTime = 1100 * time.Millisecond

// once prints the sessions.
func (o *topOptions) once(ctx context.Context, w io.Writer) error {
	o.question.Limit = operator.MaxTop
	a, err := o.fetch(ctx, o.question)
	if err == nil && len(a.rows) > 0 {
		select {
		case <-time.After(sampleTime):
		case <-ctx.Done():
		}
		a, err = o.fetch(ctx, o.question)
	}
	if err != nil {
		return err
	}
	if o.asJSON {
		for i := range a.rows {
			line, err := json.Marshal(a.rows[i])
			if err == nil {
				_, err = fmt.Fprintln(w, visibleJSON(line))
			}
			if err != nil {
				return err
			}
		}
		return nil
	}
	return writeTop(w, a, time.Now())
}

// writeTop writes the table.
func writeTop(w io.Writer, a topAnswer, now time.Time) error {
	err := writeTitles(w, topColumns())
	for i := range a.rows {
		err = errors.Join(err, writeRow(w, topColumns(), topCells(&a.rows[i], now)))
	}
	if rest := a.end.Matched - len(a.rows); rest > 0 {
		_, last := fmt.Fprintf(w, "and %d more\n", rest)
		err = errors.Join(err, last)
	}
	return err
}

// topColumns returns the columns of the table.
func topColumns() []column {
	return []column{
		{title: "USER", width: 16}, {title: "CLIENT", width: 21}, {title: "STATE", width: 6}, {title: "SINCE", width: 5, right: true},
		{title: "RATE", width: 5, right: true}, {title: "SENT", width: 5, right: true}, {title: "GOT", width: 4, right: true},
		{title: "DEL", width: 4, right: true}, {title: "LAST", width: 4}, {title: "IDLE", width: 4, right: true}, {title: "SESSION", width: 16},
	}
}

// topCells returns the row of a session.
func topCells(s *operator.TopSession, now time.Time) []string {
	return []string{
		s.User, s.Client, shortState(s.State), shortDuration(now.Sub(s.Start)), shortOctets(int64(s.Rate)), shortOctets(s.Sent),
		shortOctets(int64(s.Retrieved)), shortOctets(int64(s.Marked)), s.Command, idleText(&s.Session, now), s.ID,
	}
}
