package draft

import (
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
