package table

import (
	"math"
	"slices"
	"strings"
)

// Figures returns a Markdown table with a line for each work and a column for
// each server. Columns without a figure are left out.
func Figures(lines []*Line, order []string) string {
	columns := used(lines, order)
	rows := [][]string{slices.Concat([]string{"row", "work", "unit"}, columns, []string{"spread"})}
	for _, l := range lines {
		row := []string{l.Row, l.Work, l.Unit}
		widest := 0.0
		for _, column := range columns {
			row = append(row, blank(Number(l.Cell(column))))
			widest = max(widest, l.Spread[column])
		}
		rows = append(rows, append(row, Number(math.Round(100*widest))+" %"))
	}
	return Markdown(rows)
}

// Limits returns a Markdown table with a line for each limit: what was measured of
// TPOPS, of the best Dovecot and of the least that the work needs, the ratios, and
// whether the limit is met.
func Limits(lines []*Line) string {
	rows := [][]string{{"row", "work", "TPOPS", "measured", "best Dovecot", "÷ Dovecot", "least", "÷ least", "aim", "allowed", "reached"}}
	for _, l := range lines {
		for _, m := range l.Limits {
			rows = append(rows, []string{
				l.Row, l.Work, m.Column, l.figure(m.Column),
				l.figure(Dovecot), blank(Factor(l.Ratio(m.Column, Dovecot))),
				l.figure(l.least()), blank(Factor(l.Ratio(m.Column, l.least()))),
				m.text(l), blank(Number(m.Allowed(l))), string(m.Check(l)),
			})
		}
	}
	return Markdown(rows)
}

// least returns the column of what does the least that the work needs: null, a
// program without a server, or neither.
func (l *Line) least() string {
	for _, column := range []string{"null", "program", "thread alone"} {
		if _, ok := l.Cells[column]; ok {
			return column
		}
	}
	return ""
}

// figure returns the figure of a column with its unit, or nothing.
func (l *Line) figure(column string) string {
	return blank(strings.TrimSpace(Number(l.Cell(column)) + " " + l.Unit))
}

// Markdown returns a table whose first row is its head.
func Markdown(rows [][]string) string {
	var text strings.Builder
	for i, row := range rows {
		text.WriteString("| " + strings.Join(escape(row), " | ") + " |\n")
		if i == 0 {
			text.WriteString(strings.Repeat("|---", len(row)) + "|\n")
		}
	}
	return text.String()
}

// escape keeps a cell in its column.
func escape(cells []string) []string {
	var safe []string
	for _, cell := range cells {
		safe = append(safe, strings.NewReplacer("|", "\\|", "\n", " ").Replace(cell))
	}
	return safe
}

// blank returns an empty cell for what was not measured.
func blank(text string) string {
	if strings.HasPrefix(text, "–") {
		return ""
	}
	return text
}

// used returns the columns of the order in which a line has a figure.
func used(lines []*Line, order []string) []string {
	return slices.DeleteFunc(slices.Clone(order), func(column string) bool {
		return !slices.ContainsFunc(lines, func(l *Line) bool {
			_, ok := l.Cells[column]
			return ok
		})
	})
}
