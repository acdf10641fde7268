package main

import (
	"fmt"
	"strings"
	"time"

	"github.com/gdamore/tcell/v2"
	"github.com/rivo/uniseg"
)

// topLines is the number of lines besides those of sessions.
const topLines = 3

// draw shows the view. It uses no colors.
func (t *topScreen) draw(now time.Time) {
	t.screen.Clear()
	if !t.view.answered {
		return
	}
	width, height := t.screen.Size()
	plain := tcell.StyleDefault
	t.put(0, 0, width, t.view.summary(), plain.Bold(true))
	for i, c := range topColumns() {
		t.putCell(i, 1, width, c.title, plain.Reverse(true))
	}
	for i := range t.view.rows {
		y := i + 2
		if y >= height-1 {
			break
		}
		style := plain.Reverse(t.view.rows[i].ID == t.view.chosen)
		for column, cell := range topCells(&t.view.rows[i], now) {
			t.putCell(column, y, width, cell, style)
		}
	}
	t.put(0, height-1, width, t.view.lastLine(), plain)
	t.screen.Show()
}

// putCell writes a cell of the table, and the space before it. A column that has no room
// is left out.
func (t *topScreen) putCell(number, y, width int, text string, style tcell.Style) {
	x, columns := 0, topColumns()
	for _, c := range columns[:number] {
		x += c.width + 1
	}
	c := columns[number]
	if number > 1 && x+c.width > width {
		return
	}
	end := min(x+c.width, width)
	t.put(max(x-1, 0), y, end, strings.Repeat(" ", c.width+1), style)
	text = visible(text, "")
	if room := c.width - uniseg.StringWidth(text); c.right && room > 0 {
		x += room
	}
	t.put(x, y, end, text, style)
}

// put writes text from column x up to column end. What a terminal would obey is escaped,
// and a character keeps at most some of its combining ones.
func (t *topScreen) put(x, y, end int, text string, style tcell.Style) {
	for text = visible(text, ""); text != "" && x < end; {
		var cluster string
		var cells int
		cluster, text, cells, _ = uniseg.FirstGraphemeClusterInString(text, -1)
		if x+cells > end {
			return
		}
		runes := []rune(cluster)
		t.screen.SetContent(x, y, runes[0], runes[1:min(len(runes), maxCombining+1)], style)
		x += max(cells, 1)
	}
}

// maxCombining is how many combining characters a character keeps.
const maxCombining = 4

// summary returns the first line.
func (v *topView) summary() string {
	var b strings.Builder
	fmt.Fprintf(&b, "sessions: %d", v.end.Total)
	if v.end.Matched != v.end.Total {
		fmt.Fprintf(&b, ", selected: %d", v.end.Matched)
	}
	if v.end.Matched > len(v.rows) {
		fmt.Fprintf(&b, ", shown: %d", len(v.rows))
	}
	fmt.Fprintf(&b, ", order: %s", v.question.Sort)
	if v.question.Reverse {
		b.WriteString(" (reverse)")
	}
	if v.question.Text != "" {
		fmt.Fprintf(&b, ", filter: %s", v.question.Text)
	}
	if v.paused {
		b.WriteString(", paused")
	}
	return b.String()
}

// lastLine returns the question to the user, a note, or the help.
func (v *topView) lastLine() string {
	switch {
	case v.typing:
		return "filter: " + v.text + "_  (Enter: apply, Esc: cancel)"
	case v.doubting:
		return fmt.Sprintf("end session %s (%s, %s)? y/n", v.doomed.ID, cut(v.doomed.User, 30), v.doomed.Client)
	case v.note != "":
		return v.note
	}
	return "q quit  u a s t o r m order  arrows choose  k end  / filter  p pause"
}
