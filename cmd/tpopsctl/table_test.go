package main

import (
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/rivo/uniseg"
)

// Every table fits into 100 columns, whatever is in it, and its columns are aligned.
func TestTablesFit(t *testing.T) {
	for name, columns := range map[string][]column{
		"sessions": sessionColumns(), "top": topColumns(), "ban": banColumns(), "usage": usageColumns("MAIL"),
	} {
		for _, text := range []string{
			strings.Repeat("x", 600), strings.Repeat("漢字", 300), strings.Repeat("e\u0301\u0323", 300), strings.Repeat("\x1b[2J\u202e", 200),
			strings.Repeat("👩‍👩‍👧‍👦", 40), strings.Repeat("\xff", 300), "\u0301", "a漢b", "",
		} {
			cells := make([]string, len(columns))
			for i := range cells {
				cells[i] = text
			}
			cells[len(cells)-1] = "end"
			var b strings.Builder
			if err := writeRow(&b, columns, cells); err != nil {
				t.Fatal(err)
			}
			line := strings.TrimSuffix(b.String(), "\n")
			if width := uniseg.StringWidth(line); width > 100 || strings.ContainsAny(line, "\x1b\u202e\n") || !utf8.ValidString(line) {
				t.Errorf("%s: %d columns: %q", name, width, line)
			}
			if head, found := strings.CutSuffix(line, "end"); !found || uniseg.StringWidth(head) != endAt(columns) {
				t.Errorf("%s: not aligned: %q", name, line)
			}
		}
	}
}

// endAt returns where a text of three characters in the last column begins.
func endAt(columns []column) (at int) {
	for _, c := range columns {
		at += c.width + 1
	}
	last := columns[len(columns)-1]
	if last.right {
		return at - 1 - len("end")
	}
	return at - 1 - last.width
}

func TestCut(t *testing.T) {
	for _, test := range []struct {
		text  string
		width int
		want  string
	}{
		{"abc", 3, "abc"}, {"abcd", 3, "ab…"}, {"漢字", 4, "漢字"}, {"漢字", 3, "漢…"}, {"漢字漢", 4, "漢…"}, {"", 3, ""}, {"abc", 1, "…"},
		{"e\u0301e\u0301e\u0301", 2, "e\u0301…"},
	} {
		if got := cut(test.text, test.width); got != test.want {
			t.Errorf("cut(%q, %d) = %q instead of %q", test.text, test.width, got, test.want)
		}
	}
}
