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

// asks reports whether a line has something to do or to know. Only a line that says what
// was done, without a remark after a semicolon, has nothing.
func asks(line string) bool {
	if text, remark, found := strings.Cut(line, "; "); found {
		return remark != "nothing to do" || strings.Contains(text, ": rejected: ")
	}
	for _, done := range []string{": kept", ": equal to the default", ": without effect", ": omitted", ": section", " added: ", ": not POP3's: "} {
		if strings.Contains(line, done) && !strings.Contains(line, "not possible") && !strings.Contains(line, ": rejected: ") {
			return false
		}
	}
	return true
}
