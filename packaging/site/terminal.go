package main

import (
	"regexp"
	"strconv"
	"strings"
	"unicode/utf8"
)

// cell is a character of the screen.
type cell struct {
	char          rune
	bold, reverse bool
}

// terminal is the screen of a terminal, as far as our programs use one: lines, the
// position of the cursor, bold and reverse.
type terminal struct {
	columns int
	rows    [][]cell
	cleared [][]cell // what the rows were before they were cleared
	x, y    int
	pen     cell // the attributes of what comes next
}

// sequence is a control sequence at the beginning of a text.
var sequence = regexp.MustCompile("^\x1b(?:\\[([0-9;?<>=]*)([a-zA-Z])|[()][A-Z0-9]|[=>78M]|\\][^\a\x1b]*(?:\a|\x1b\\\\))")

// leave is what a program sends when it gives the screen back.
const leave = "\x1b[?1049l"

// play returns the last screen of a recording that shows anything. Longer lines than the
// terminal's are continued below.
func play(recording string, columns int) [][]cell {
	recording, _, _ = strings.Cut(recording, leave)
	t := &terminal{columns: columns}
	for recording != "" {
		if found := sequence.FindStringSubmatch(recording); found != nil {
			recording = recording[len(found[0]):]
			t.control(found[1], found[2])
			continue
		}
		char, size := utf8.DecodeRuneInString(recording)
		recording = recording[size:]
		t.write(char)
	}
	if rows := trimmed(t.rows); len(rows) > 0 {
		return rows
	}
	return t.cleared
}

// write writes a character.
func (t *terminal) write(char rune) {
	switch char {
	case '\r':
		t.x = 0
	case '\n':
		t.x, t.y = 0, t.y+1
	case '\b', '\a', '\x0f', '\x1b':
	default:
		if t.x >= t.columns {
			t.x, t.y = 0, t.y+1
		}
		for len(t.rows) <= t.y {
			t.rows = append(t.rows, nil)
		}
		for len(t.rows[t.y]) <= t.x {
			t.rows[t.y] = append(t.rows[t.y], cell{char: ' '})
		}
		c := t.pen
		c.char = char
		t.rows[t.y][t.x] = c
		t.x++
	}
}

// control obeys a control sequence. The arguments are numbers.
func (t *terminal) control(arguments, command string) {
	switch {
	case command == "J" || command == "h" && arguments == "?1049":
		if rows := trimmed(t.rows); len(rows) > 0 {
			t.cleared = rows
		}
		t.rows = nil
	case command == "H":
		row, column, _ := strings.Cut(arguments, ";")
		t.x, t.y = place(column), place(row)
	case command == "m":
		for argument := range strings.SplitSeq(arguments, ";") {
			t.attribute(argument)
		}
	}
}

// place returns the number from 0 of a row or column. Without an argument it is the first.
func place(argument string) int {
	n, _ := strconv.Atoi(argument)
	return max(n, 1) - 1
}

// attribute changes the pen.
func (t *terminal) attribute(argument string) {
	switch argument {
	case "", "0":
		t.pen = cell{}
	case "1":
		t.pen.bold = true
	case "7":
		t.pen.reverse = true
	}
}

// trimmed returns the rows without what is empty at their end.
func trimmed(rows [][]cell) [][]cell {
	for i, row := range rows {
		for len(row) > 0 && row[len(row)-1] == (cell{char: ' '}) {
			row = row[:len(row)-1]
		}
		rows[i] = row
	}
	for len(rows) > 0 && len(rows[len(rows)-1]) == 0 {
		rows = rows[:len(rows)-1]
	}
	return rows
}
