package main

import (
	"fmt"
	"strings"
)

// printNotes prints the report of a conversion: first the lines that ask the operator for
// something, then the others, each in their order.
func printNotes(lines []string, s streams) {
	var look, rest []string
	for _, line := range lines {
		if asks(line) {
			look = append(look, line)
		} else {
			rest = append(rest, line)
		}
	}
	for _, part := range []struct {
		title string
		lines []string
	}{{"Read these lines:", look}, {"Nothing to do:", rest}} {
		if len(part.lines) > 0 {
			fmt.Fprintf(s.err, "%s\n%s\n", part.title, strings.Join(part.lines, "\n"))
		}
	}
}

// asks reports whether a line has something to do or to know: what holds the file back, or
// a remark after a semicolon.
func asks(line string) bool {
	if strings.Contains(line, ": not possible, but needed: ") || strings.Contains(line, ": rejected: ") {
		return true
	}
	_, remark, found := strings.Cut(line, "; ")
	return found && remark != "nothing to do"
}
