package draft_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"tpops/pkg/config/draft/drafttest"
)

// In the reports of all converted files, a line asks for something if and only if it
// stands among those to do.
func TestKindsOfReports(t *testing.T) {
	reports, err := filepath.Glob("../*/testdata/*.want/report")
	if err != nil || len(reports) < 20 {
		t.Fatal(len(reports), err)
	}
	for _, name := range reports {
		text, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		lines, part, found := strings.Split(string(text), "\n"), "", false
		for _, line := range lines {
			switch {
			case line == "To do:" || line == "To know:" || line == "Nothing to do:":
				part, found = line, found || line == "Nothing to do:"
			case strings.HasPrefix(line, "not POP3's: "):
				part = "" // the end of the notes
			case part != "":
				checkLine(t, name, part, line)
			}
		}
		if !found {
			t.Errorf("%s: nothing was done", name)
		}
	}
}

// checkLine holds that a line of a report is in the right part of it.
func checkLine(t *testing.T, name, part, line string) {
	isNeeded := strings.Contains(line, ": not possible, but needed: ")
	if asks := isNeeded || drafttest.Asks(line); asks != (part == "To do:") {
		t.Errorf("%s: %s %s", name, part, line)
	}
	isLost, isDone := strings.Contains(line, ": not possible: "), strings.HasSuffix(line, "; nothing to do")
	if part == "Nothing to do:" && isLost != isDone || part != "Nothing to do:" && isDone {
		t.Errorf("%s: %s %s", name, part, line)
	}
}
