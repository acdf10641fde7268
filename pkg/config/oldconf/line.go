package oldconf

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// kind is the kind of a line.
type kind int

const (
	blank kind = iota
	comment
	section
	setting
)

// line is a line of an old file.
type line struct {
	number   int // from 1
	kind     kind
	text     string // without surrounding blanks
	name     string // of a setting, in its original spelling
	value    string
	hasValue bool // there is an equals sign or a value
}

// parseLines splits a text into lines.
func parseLines(text string) []line {
	text = strings.TrimPrefix(text, "\ufeff")
	var lines []line
	for one := range strings.SplitSeq(strings.TrimSuffix(text, "\n"), "\n") {
		lines = append(lines, parseLine(len(lines)+1, strings.TrimSpace(one)))
	}
	return lines
}

func parseLine(number int, text string) line {
	l := line{number: number, text: text}
	switch {
	case text == "":
		l.kind = blank
	case text[0] == '#':
		l.kind = comment
	case text[0] == '[':
		l.kind = section
	default:
		l.kind = setting
		l.split()
	}
	return l
}

// split finds name and value. A value may contain an equals sign, such as a query.
func (l *line) split() {
	end := strings.IndexFunc(l.text, func(r rune) bool { return r == '=' || unicode.IsSpace(r) })
	if end < 0 {
		l.name = l.text
		return
	}
	l.name, l.hasValue = l.text[:end], true
	rest := strings.TrimSpace(l.text[end:])
	l.value = strings.TrimSpace(strings.TrimPrefix(rest, "="))
}

// isText reports whether s is allowed in a comment of TOML.
func isText(s string) bool {
	return utf8.ValidString(s) && !strings.ContainsFunc(s, func(r rune) bool { return unicode.IsControl(r) && r != '\t' })
}
