package main

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// TestPrintNotes checks the order of a report with a line of each kind.
func TestPrintNotes(t *testing.T) {
	var printed strings.Builder
	printNotes([]string{
		"d:1: a: kept as b = 1",
		"d:2: c: not possible: TPOPS decides this itself; nothing to do",
		"d:3: e: not possible, but needed: no such database",
		"d:4: f: not possible: no; set g",
		"d:5: h: equal to the default",
		"d:6: i: not possible: no; nothing to do unless a user is only in this one",
		"d:7: rejected: j",
		"d: k: kept as l = 1; run `tpopsctl import` before the first login",
		"d:8: m: the service must be able to read the file: make n",
		"d:9: o: not possible: set p",
		"d:10: q: not possible: q is kept in r",
	}, streams{err: &printed})
	if got := numbers(printed.String()); got != "Read 3 4 6 7 k 8 9 10 Nothing 1 2 5" {
		t.Errorf("%s\n%s", got, &printed)
	}
	printed.Reset()
	printNotes([]string{"d:1: a: kept"}, streams{err: &printed})
	if printed.String() != "Nothing to do:\nd:1: a: kept\n" {
		t.Errorf("%q", &printed)
	}
}

// numbers returns the first word of each title, and the number of each line.
func numbers(text string) string {
	var all []string
	for line := range strings.Lines(text) {
		word, _, _ := strings.Cut(strings.TrimPrefix(line, "d:"), ":")
		all = append(all, strings.Fields(strings.TrimPrefix(word, " "))[0])
	}
	return strings.Join(all, " ")
}

// In the reports of all converted files, nothing that the operator has to do or to check
// stands among the lines that need nothing.
func TestAsksOfReports(t *testing.T) {
	reports, err := filepath.Glob("../../pkg/config/*/testdata/*.want/report")
	if err != nil || len(reports) < 20 {
		t.Fatal(len(reports), err)
	}
	work := regexp.MustCompile(`must be able to|has to run|move the password|add the|: set |: not possible: |; (see|set|keep|run)`)
	for _, name := range reports {
		text, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		for line := range strings.Lines(string(text)) {
			line = strings.TrimSpace(line)
			if work.MatchString(line) && !strings.HasSuffix(line, "; nothing to do") && !asks(line) {
				t.Errorf("%s: nothing to do: %s", name, line)
			}
		}
	}
}
