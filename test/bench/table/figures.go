package table

import (
	"fmt"
	"math"
	"strconv"
	"strings"
)

// ReadFigures reads the lines back from a text with a table of Figures. An error means
// that it has no such table, or a cell that is no figure.
func ReadFigures(markdown string) ([]*Line, error) {
	_, text, found := strings.Cut("\n"+markdown, "\n| row | work | unit |")
	if !found {
		return nil, fmt.Errorf("no table of figures")
	}
	var columns []string
	var lines []*Line
	for row := range strings.Lines("| row | work | unit |" + text) {
		cells := strings.Split(strings.Trim(row, "| \n"), " | ")
		switch {
		case !strings.HasPrefix(row, "|"):
			return lines, nil
		case columns == nil:
			columns = cells
		case !strings.HasPrefix(row, "|---"):
			l, err := readLine(columns, strings.Split(strings.TrimSpace(row), "|"))
			if err != nil {
				return nil, err
			}
			lines = append(lines, l)
		}
	}
	return lines, nil
}

// readLine reads a line. cells has an empty one at both ends.
func readLine(columns, cells []string) (*Line, error) {
	if len(cells) != len(columns)+2 {
		return nil, fmt.Errorf("a line with %d cells, want %d: %q", len(cells)-2, len(columns), cells)
	}
	cells = cells[1 : len(cells)-1]
	l := &Line{Cells: map[string]float64{}, Spread: map[string]float64{}}
	l.Row, l.Work, l.Unit = strings.TrimSpace(cells[0]), strings.TrimSpace(cells[1]), strings.TrimSpace(cells[2])
	for i := 3; i < len(cells); i++ {
		text := strings.TrimSpace(cells[i])
		if text == "" {
			continue
		}
		v, err := strconv.ParseFloat(strings.NewReplacer(",", "", " %", "").Replace(text), 64)
		if err != nil {
			return nil, fmt.Errorf("%s, %s: %w", l.Work, columns[i], err)
		}
		if columns[i] == "spread" {
			l.Spread[columns[i]] = v / 100
		} else {
			l.Cells[columns[i]] = v
		}
	}
	return l, nil
}

// Short formats a figure with two significant digits, as many as repeat on another day.
func Short(v float64) string {
	if v == 0 || math.IsNaN(v) || math.IsInf(v, 0) {
		return Number(v)
	}
	rounded, _ := strconv.ParseFloat(strconv.FormatFloat(v, 'e', 1, 64), 64)
	if math.Abs(rounded) >= 10 {
		return thousands(strconv.FormatFloat(rounded, 'f', 0, 64))
	}
	text := Number(rounded)
	return text[:len(text)-1]
}
