package sqltext

import (
	"strings"
	"testing"
)

func TestSelectList(t *testing.T) {
	for text, want := range map[string]string{
		" a, b FROM c": " a| b ",
		" f(a, (b, c)), 'x, from y' , `from` from t": " f(a, (b, c))| 'x, from y' | `from` ",
		" (select a from b) from c":                  " (select a from b) ",
		" (a)from c":                                 " (a)",
		" fromage, a.from_b":                         " fromage| a.from_b",
		" 'it\\'s, ' as a, \"\"\"\"":                 " 'it\\'s, ' as a| \"\"\"\"",
		" 'open, from x":                             " 'open, from x",
	} {
		got, err := SelectList(text)
		if err != nil || strings.Join(got, "|") != want {
			t.Errorf("%s: %q, %v", text, got, err)
		}
	}
	for _, text := range []string{" (a, b from c", " a) from b"} {
		if got, err := SelectList(text); err == nil {
			t.Errorf("%s: %q", text, got)
		}
	}
}

func TestQuote(t *testing.T) {
	if got := Quote(`it's 100% \`); got != `'it''s 100%% \\'` {
		t.Error(got)
	}
}
