package main

import (
	"fmt"

	"tpops/test/bench/table"
)

// work describes a line of the table.
type work struct {
	name   string
	unit   string
	higher bool
	limits []table.Limit
}

// add adds a line with the medians of the figures of all servers that have not failed.
func (b *bench) add(w work, found figures) *table.Line {
	l := &table.Line{
		Row: b.row, Work: w.name, Unit: w.unit, Higher: w.higher, Limits: w.limits,
		Cells: map[string]float64{}, Spread: map[string]float64{},
	}
	for c, values := range found.valid() {
		l.Cells[c.column] = table.Median(values)
		l.Spread[c.column] = table.Spread(values)
	}
	b.lines = append(b.lines, l)
	return l
}

// addBoth adds a line for the usual sizes and one for exact sizes.
func (b *bench) addBoth(w, exact work, found figures) (usually, exactly *table.Line) {
	usually = b.add(w, found.exacts(false))
	exact.name += ", exact"
	return usually, b.add(exact, found.exacts(true))
}

// measure measures a kind of work in rounds and adds a line for it.
func (l *lineup) measure(w work, measure func(*contender) (float64, error)) (*table.Line, error) {
	found, err := l.rounds(l.bench.size.rounds, measure)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", w.name, err)
	}
	return l.bench.add(w, found), nil
}

func atMost(column string, factor float64, of string) table.Limit {
	return table.Limit{Column: column, Of: of, Bound: factor}
}

// atLeast is atMost for work of which more is better.
func atLeast(column string, factor float64, of string) table.Limit {
	return table.Limit{Column: column, Of: of, Bound: factor}
}

// bounded limits a column to a figure.
func bounded(column string, figure float64) table.Limit {
	return table.Limit{Column: column, Bound: figure}
}
