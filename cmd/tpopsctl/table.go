package main

import (
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/rivo/uniseg"
)

// column is a column of a table that fits into 100 columns of a terminal.
type column struct {
	title string
	width int // in columns of a terminal, at most; a longer text is cut
	right bool
}

// writeRow writes the cells of a row. What a terminal would obey is escaped.
func writeRow(w io.Writer, columns []column, cells []string) error {
	var b strings.Builder
	for i, c := range columns {
		cell := cut(visible(cells[i], ""), c.width)
		padding := strings.Repeat(" ", c.width-widthOf(cell))
		switch {
		case c.right:
			b.WriteString(padding + cell)
		case i < len(columns)-1:
			b.WriteString(cell + padding)
		default:
			b.WriteString(cell)
		}
		if i < len(columns)-1 {
			b.WriteByte(' ')
		}
	}
	_, err := fmt.Fprintln(w, strings.TrimRight(b.String(), " "))
	return err
}

// writeTitles writes the first row of a table.
func writeTitles(w io.Writer, columns []column) error {
	titles := make([]string, len(columns))
	for i, c := range columns {
		titles[i] = c.title
	}
	return writeRow(w, columns, titles)
}

// widthOf returns how many columns of a terminal a text takes.
func widthOf(text string) int {
	if isASCII(text) { // A table may have 100,000 rows.
		return len(text)
	}
	return uniseg.StringWidth(text)
}

// isASCII reports whether a text has only printable characters of ASCII.
func isASCII(text string) bool {
	for i := range len(text) {
		if text[i] < ' ' || text[i] > '~' {
			return false
		}
	}
	return true
}

// cut returns text in at most so many columns of a terminal. Some characters take two.
func cut(text string, width int) string {
	if widthOf(text) <= width {
		return text
	}
	var b strings.Builder
	for used := 1; ; { // for the …
		cluster, rest, cells, _ := uniseg.FirstGraphemeClusterInString(text, -1)
		if used += cells; used > width {
			return b.String() + "…"
		}
		b.WriteString(cluster)
		text = rest
	}
}

// shortDuration returns a duration in at most five characters.
func shortDuration(d time.Duration) string {
	switch d = max(d, 0); {
	case d < time.Minute:
		return fmt.Sprintf("%ds", d/time.Second)
	case d < time.Hour:
		return fmt.Sprintf("%dm", d/time.Minute)
	case d < 48*time.Hour:
		return fmt.Sprintf("%dh", d/time.Hour)
	}
	return fmt.Sprintf("%dd", d/(24*time.Hour))
}

// shortOctets returns a number of octets in at most five characters.
func shortOctets(n int64) string {
	if n < 1000 {
		return fmt.Sprint(n)
	}
	value := float64(n)
	for _, unit := range "KMGTP" {
		if value /= 1024; value < 999.5 {
			if value < 9.95 {
				return fmt.Sprintf("%.1f%c", value, unit)
			}
			return fmt.Sprintf("%.0f%c", value, unit)
		}
	}
	return "much"
}
