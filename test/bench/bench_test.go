package main

import (
	"errors"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"tpops/test/bench/load"
	"tpops/test/bench/mail"
	"tpops/test/bench/peer"
	"tpops/test/bench/table"
)

func TestSelectRows(t *testing.T) {
	for _, test := range []struct{ names, want string }{
		{"retr,poll", "poll retr"}, // in the order of the table
		{"curve", "curve"},
		{"", strings.Join(rowNames(), " ")},
	} {
		selected, err := selectRows(test.names)
		var got []string
		for _, r := range selected {
			got = append(got, r.name)
		}
		if err != nil || strings.Join(got, " ") != test.want {
			t.Errorf("ROWS=%s: %q, %v, want %q", test.names, got, err, test.want)
		}
	}
	for _, bad := range []string{"pol", "poll,", "poll, retr"} {
		if _, err := selectRows(bad); err == nil || !strings.Contains(err.Error(), "mailboxes") {
			t.Errorf("ROWS=%s: error %v, want one that lists the rows", bad, err)
		}
	}
}

func TestNamesOfRowsDiffer(t *testing.T) {
	names := slices.Sorted(slices.Values(rowNames()))
	if len(slices.Compact(names)) != len(rows()) {
		t.Errorf("two rows have one name: %q", names)
	}
}

// named returns a contender that has not been started.
func named(column string, exact bool) *contender {
	return &contender{column: column, exact: exact, kind: peer.Kind{Column: column}}
}

func TestAddBoth(t *testing.T) {
	b := &bench{row: "poll"}
	found := figures{
		named("thread", false): {3, 1, 2}, named("thread", true): {20, 30, 10},
		named("null", false): {1, 1, 1}, named("Dovecot 2.3 kept", false): {4, 8, 6},
	}
	w := work{name: "polls", unit: "ms", limits: []table.Limit{atMost("thread", 2, "null")}}
	usually, exactly := b.addBoth(w, w, found)
	if usually.Cell("thread") != 2 || exactly.Cell("thread") != 20 {
		t.Errorf("thread: %v, exact %v; want the medians 2 and 20", usually.Cell("thread"), exactly.Cell("thread"))
	}
	if usually.Cell(table.Dovecot) != 6 || exactly.Cell(table.Dovecot) != 6 || exactly.Cell("null") != 1 {
		t.Errorf("the servers without a choice of sizes are not in both lines: %v, %v", usually.Cells, exactly.Cells)
	}
	if usually.Limits[0].Check(usually) != table.Met || exactly.Limits[0].Check(exactly) != table.Missed {
		t.Error("the limit is not checked with the figures of its line")
	}
	if exactly.Work != "polls, exact" || len(b.lines) != 2 {
		t.Errorf("%d lines, the second is %q", len(b.lines), exactly.Work)
	}
}

func TestRoundsAreInterleaved(t *testing.T) {
	l := &lineup{contenders: []*contender{named("a", false), named("b", false), named("c", false)}}
	var order strings.Builder
	found, err := l.rounds(3, func(c *contender) (float64, error) {
		order.WriteString(c.column)
		return float64(order.Len()), nil
	})
	if err != nil || order.String() != "abcbcacab" {
		t.Errorf("order %q, %v", &order, err)
	}
	if got := found[l.contenders[0]]; !slices.Equal(got, []float64{1, 6, 8}) {
		t.Errorf("figures of a: %v", got)
	}
}

func TestUntil(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		next := until(time.Second, [][]load.Step{{load.Single("A")}, {load.Single("B")}})
		if got := next(0); got[0].String() != "A" {
			t.Errorf("client 0 sends %s", got)
		}
		time.Sleep(2 * time.Second)
		if next(0) != nil {
			t.Error("client 0 goes on when the time is over")
		}
		if got := next(1); got == nil || got[0].String() != "B" {
			t.Error("client 1 has no session at all")
		}
		if next(1) != nil {
			t.Error("client 1 goes on when the time is over")
		}
	})
}

func TestDecades(t *testing.T) {
	for most, want := range map[int][]int{
		1000: {10, 100, 1000}, 1400: {10, 100, 1000}, 9750: {10, 100, 1000, 9750}, 5: {5},
	} {
		if got := decades(most); !slices.Equal(got, want) {
			t.Errorf("decades(%d) = %v, want %v", most, got, want)
		}
	}
}

func TestOnly(t *testing.T) {
	l := &lineup{contenders: []*contender{named("thread", false), named("Dovecot 2.3 kept", false), named("null", false)}}
	part := l.only("thread", "Dovecot")
	if len(part.contenders) != 2 || part.contenders[1].column != "Dovecot 2.3 kept" || len(l.contenders) != 3 {
		t.Errorf("part has %d contenders, the whole %d", len(part.contenders), len(l.contenders))
	}
}

func TestFetchAndDeleteFetchesAll(t *testing.T) {
	var got []string
	for _, s := range fetchAndDelete(mail.Box{User: "u", Messages: 2}) {
		got = append(got, s.String())
	}
	want := []string{"USER u", "PASS", "STAT", "UIDL", "RETR 1", "DELE 1", "RETR 2", "DELE 2", "QUIT"}
	if !slices.Equal(got, want) {
		t.Errorf("%q, want %q", got, want)
	}
}

func TestNotesAreNotRepeated(t *testing.T) {
	b := &bench{}
	b.note("left out:\n%s", "reason")
	b.note("left out: %s", "reason")
	if !slices.Equal(b.notes, []string{"left out: reason"}) {
		t.Errorf("notes: %q", b.notes)
	}
}

func TestWaiters(t *testing.T) {
	b := &bench{}
	some := &contender{column: "Courier", kind: peer.Kind{Waiting: 500}}
	if b.waiters(named("thread", false), 5000) != 5000 || b.waiters(some, 100) != 100 || len(b.notes) != 0 {
		t.Errorf("a server has fewer sessions than it can have: %q", b.notes)
	}
	if b.waiters(some, 5000) != 500 || len(b.notes) != 1 {
		t.Errorf("Courier has more sessions than it can have, or no note: %q", b.notes)
	}
}

// Another server that fails is left out of the row, with a note; a failure of TPOPS ends
// the row.
func TestRoundsLeaveOut(t *testing.T) {
	good, bad := named("thread", false), named("Courier", false)
	for _, c := range []*contender{good, bad} {
		c.Server = &peer.Server{}
	}
	l := &lineup{bench: &bench{row: "poll"}, contenders: []*contender{good, bad}}
	asked := 0
	found, err := l.rounds(3, func(c *contender) (float64, error) {
		if c == bad {
			asked++
			return 0, errors.New("no answer")
		}
		return 1, nil
	})
	if err != nil || len(found[good]) != 3 || len(found) != 1 || asked != 1 || len(l.bench.notes) != 1 {
		t.Errorf("%v, %v, asked %d times, notes %q", found, err, asked, l.bench.notes)
	}
	if _, err := l.rounds(1, func(*contender) (float64, error) { return 0, errors.New("no answer") }); err == nil {
		t.Error("a failure of TPOPS is no error")
	}
}
