package table

import (
	"math"
	"strings"
)

// Line is one kind of work, measured for several servers.
type Line struct {
	Row    string // the row of the benchmark that measured it
	Work   string
	Unit   string
	Higher bool               // more is better
	Cells  map[string]float64 // the median of each column
	Spread map[string]float64 // of each column, see Spread
	Limits []Limit
}

// Dovecot is the prefix of the columns of Dovecot, and in a Limit the name of
// the best of them.
const Dovecot = "Dovecot"

// Cell returns the figure of a column, or NaN if it was not measured. For
// Dovecot it returns the figure of the best Dovecot.
func (l *Line) Cell(column string) float64 {
	if column == Dovecot {
		return l.Best(Dovecot)
	}
	if v, ok := l.Cells[column]; ok {
		return v
	}
	return math.NaN()
}

// Best returns the best figure of the columns that begin with prefix.
func (l *Line) Best(prefix string) float64 {
	best := math.NaN()
	for column, v := range l.Cells {
		if !strings.HasPrefix(column, prefix) {
			continue
		}
		if math.IsNaN(best) || (v > best) == l.Higher {
			best = v
		}
	}
	return best
}

// Ratio returns the figure of a column divided by that of another, or NaN.
func (l *Line) Ratio(column, to string) float64 {
	below := l.Cell(to)
	if below == 0 {
		return math.NaN()
	}
	return l.Cell(column) / below
}

// Limit is what a column is to reach.
type Limit struct {
	Column string
	Of     string  // another column, or Dovecot; empty: Bound is a figure in the unit of the line
	Bound  float64 // at most or, if more is better, at least
}

// Allowed returns the figure that the column must reach, NaN if what it
// is compared with was not measured.
func (m Limit) Allowed(l *Line) float64 {
	if m.Of == "" {
		return m.Bound
	}
	return m.Bound * l.Cell(m.Of)
}

// Verdict is the outcome of a limit.
type Verdict string

// The outcomes of a limit.
const (
	Met      Verdict = "yes"
	Missed   Verdict = "no"
	Unknown  Verdict = "not measured"
	lessSign         = "≤"
	moreSign         = "≥"
)

// Check compares the column with its limit.
func (m Limit) Check(l *Line) Verdict {
	got, allowed := l.Cell(m.Column), m.Allowed(l)
	switch {
	case math.IsNaN(got) || math.IsNaN(allowed):
		return Unknown
	case got == allowed || (got > allowed) == l.Higher:
		return Met
	default:
		return Missed
	}
}

// text returns the limit as a reader of the table needs it: "≤ 1.5 × null".
func (m Limit) text(l *Line) string {
	sign := lessSign
	if l.Higher {
		sign = moreSign
	}
	switch {
	case m.Of == "":
		return strings.TrimSpace(sign + " " + Count(m.Bound) + " " + l.Unit)
	case m.Bound < 1 && !l.Higher && isWhole(1/m.Bound):
		return sign + " " + m.Of + " ÷ " + Count(math.Round(1/m.Bound))
	default:
		return sign + " " + Count(m.Bound) + " × " + m.Of
	}
}

func isWhole(v float64) bool { return math.Abs(v-math.Round(v)) < 1e-9 }
