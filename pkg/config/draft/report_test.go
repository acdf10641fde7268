package draft

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// A report has the parts for which there are notes, and in each the order of the notes.
func TestReport(t *testing.T) {
	at := Place{"a", 1}
	for _, test := range []struct {
		kinds []Kind
		want  string
	}{
		{nil, ""},
		{[]Kind{Done}, "Nothing to do: 0"},
		{[]Kind{ToKnow, ToKnow}, "To know: 0 1"},
		{[]Kind{Done, ToDo, ToKnow, Needed, Done, ToDo}, "To do: 1 3 5 To know: 2 Nothing to do: 0 4"},
	} {
		var notes []Note
		for i, kind := range test.kinds {
			notes = append(notes, Note{At: at, Kind: kind, Text: string(rune('0' + i))})
		}
		got := strings.Join(strings.Fields(strings.ReplaceAll(Report(notes), "a:1: ", "")), " ")
		if got != test.want {
			t.Errorf("%v: %q, want %q", test.kinds, got, test.want)
		}
	}
}

// A parameter is removed with its own note, and not with that of one whose name begins
// with its name.
func TestRemove(t *testing.T) {
	d, at := New("x"), Place{"a", 1}
	d.Set(at, "cache", "auth-cache", "10")
	d.Set(at, "cache", "auth-cache-size", "100")
	d.Remove("auth-cache")
	if got := Report(d.notes); got != "Nothing to do:\na:1: cache: kept as auth-cache-size = 100\n" || d.Value("auth-cache") != "" {
		t.Errorf("%q, %q", got, d.Value("auth-cache"))
	}
}

// In the reports of all converted files, no line asks for something that stands among
// those that need nothing.
func TestKindsOfReports(t *testing.T) {
	reports, err := filepath.Glob("../*/testdata/*.want/report")
	if err != nil || len(reports) < 20 {
		t.Fatal(len(reports), err)
	}
	work := regexp.MustCompile(`must be able to|has to run|move the password|add the|: set |first make|; (see|set|keep|run)|not possible, but needed`)
	for _, name := range reports {
		text, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		before, after, found := strings.Cut(string(text), "Nothing to do:\n")
		if !found {
			t.Errorf("%s: nothing was done", name)
		}
		for line := range strings.Lines(after) {
			isLost := strings.Contains(line, ": not possible: ")
			if line = strings.TrimSpace(line); work.MatchString(line) || isLost && !strings.HasSuffix(line, "; nothing to do") {
				t.Errorf("%s: nothing to do: %s", name, line)
			}
		}
		for line := range strings.Lines(before) {
			if strings.HasSuffix(strings.TrimSpace(line), "; nothing to do") {
				t.Errorf("%s: to do or to know: %s", name, line)
			}
		}
	}
}
