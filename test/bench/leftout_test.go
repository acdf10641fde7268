package main

import (
	"errors"
	"os"
	"testing"
	"time"

	"tpops/test/bench/load"
	"tpops/test/bench/peer"
	"tpops/test/bench/table"
)

// A server that fails in a later round has no figure in any line of the row.
func TestSessionsLeaveOut(t *testing.T) {
	good, bad := named("thread", false), named("Courier", false)
	for _, c := range []*contender{good, bad} {
		c.Server = &peer.Server{PID: os.Getpid()}
	}
	b := &bench{row: "delete", size: scale{rounds: 3}}
	l := &lineup{bench: b, contenders: []*contender{good, bad}}
	err := l.measureSessions(sessions{
		work: work{name: "sessions"},
		run: func(c *contender) (load.Result, error) {
			if c.count++; c == bad && c.count == 3 {
				return load.Result{}, errors.New("no answer")
			}
			return load.Result{Sessions: 10, Took: time.Second}, nil
		},
		least: func(string) (int, error) { return 10, nil },
	})
	if err != nil || len(b.lines) != 2 || len(b.notes) != 1 {
		t.Fatalf("%v, %d lines, notes %q", err, len(b.lines), b.notes)
	}
	for _, line := range b.lines {
		if _, has := line.Cells["Courier"]; has {
			t.Errorf("%s: Courier has a figure: %v", line.Work, line.Cells)
		}
		if len(line.Cells) != 2 {
			t.Errorf("%s: %v, want figures of thread and of the program", line.Work, line.Cells)
		}
	}
}

// A line and a point of a curve have no figure of a server that has failed, whatever was
// measured beside the rounds.
func TestFailedHaveNoFigure(t *testing.T) {
	good, bad := named("thread", false), named("Courier", false)
	bad.failed = true
	found := figures{good: {2}, bad: {}}
	b, curve := &bench{}, &table.Curve{}
	line := b.add(work{name: "memory"}, found)
	point(curve, 10, found)
	for where, cells := range map[string]map[string]float64{"line": line.Cells, "point": curve.Points[0].Cells} {
		if len(cells) != 1 || cells["thread"] != 2 {
			t.Errorf("%s: %v, want only thread", where, cells)
		}
	}
	if len(line.Spread) != 1 {
		t.Errorf("spread: %v, want only thread", line.Spread)
	}
}
