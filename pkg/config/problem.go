package config

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Problem is an error in a configuration, and its place. Its text never contains a
// secret.
type Problem struct {
	File      string // the file, empty if the problem is not in one
	Line, Col int    // place in File, both from 1 and Col in characters; 0 if it is the file as a whole
	Option    string // the option as it was written, such as -p or --port; empty if it is not the command line
	Text      string // what is wrong, one line

	cause error
}

// Error returns the place, as FILE:LINE:COL or --option, and what is wrong.
func (p Problem) Error() string {
	switch {
	case p.Option != "":
		return p.Option + ": " + p.Text
	case p.File == "":
		return p.Text
	case p.Line == 0:
		return p.File + ": " + p.Text
	}
	return fmt.Sprintf("%s:%d:%d: %s", p.File, p.Line, p.Col, p.Text)
}

// Unwrap returns the error that Config.Problem was given, otherwise nil.
func (p Problem) Unwrap() error { return p.cause }

// Problems is the error of Load: all problems, those of the command line first,
// then those of the file in its order.
type Problems []Problem

// Error returns one line for each problem.
func (ps Problems) Error() string {
	lines := make([]string, len(ps))
	for i, p := range ps {
		lines[i] = p.Error()
	}
	return strings.Join(lines, "\n")
}

// Usage reports whether a problem is in the command line.
func (ps Problems) Usage() bool {
	return slices.ContainsFunc(ps, func(p Problem) bool { return p.Option != "" })
}

func (ps Problems) sort() {
	slices.SortStableFunc(ps, func(a, b Problem) int {
		return cmp.Or(cmp.Compare(a.rank(), b.rank()), cmp.Compare(a.File, b.File),
			cmp.Compare(a.Line, b.Line), cmp.Compare(a.Col, b.Col))
	})
}

func (p Problem) rank() int {
	switch {
	case p.Option != "":
		return 0
	case p.File != "":
		return 1
	}
	return 2
}

// place is where a value was written.
type place struct {
	file      string
	line, col int
	option    string
}

func (at place) isOption() bool { return at.option != "" }

// problem returns a problem with a parameter that was set at this place. The text
// gets the name of the parameter, except for an option, which is its place.
func (at place) problem(name, text string) Problem {
	if name != "" && !at.isOption() {
		text = name + ": " + text
	}
	return Problem{File: at.file, Line: at.line, Col: at.col, Option: at.option, Text: text}
}

// reject notes a problem with the setting s.
func (l *loader) reject(s setting, format string, values ...any) {
	l.problems = append(l.problems, s.place.problem(s.name, fmt.Sprintf(format, values...)))
}

// warn notes a warning about the setting s.
func (l *loader) warn(s setting, text string) {
	l.config.origin.warnings = append(l.config.origin.warnings, s.place.problem(s.name, text))
}

func (l *loader) problem(at place, format string, values ...any) {
	l.problems = append(l.problems, at.problem("", fmt.Sprintf(format, values...)))
}

// printable returns s as one line of readable length.
func printable(s string) string {
	const most = 200
	s = strings.Map(func(r rune) rune {
		if r == utf8.RuneError || !unicode.IsPrint(r) {
			return '?'
		}
		return r
	}, s)
	if len(s) > most {
		return strings.ToValidUTF8(s[:most], "") + "…"
	}
	return s
}
