package pop3

import (
	"strconv"
	"strings"
	"testing"
)

// Only characters that are harmless on a terminal stay as they are.
func TestPrintable(t *testing.T) {
	long := strings.Repeat("a", maxShown)
	for text, want := range map[string]string{
		"":                               "",
		"+OK 2 messages (320 octets)":    "+OK 2 messages (320 octets)",
		"a\x1b[2Jb\r\nc":                 `a\x1b[2Jb\r\nc`,
		`say "hi" \ bye`:                 `say \"hi\" \\ bye`,
		"\x7f\xff":                       `\x7f\xff`,
		"caf\u00e9 \u202e":               "caf\u00e9 " + `\u202e`,
		long:                             long,
		long + "b":                       long,
		strings.Repeat("\x00", maxShown): strings.Repeat(`\x00`, 60)[:maxShown-3] + "...",
	} {
		if got := printable(text); got != want {
			t.Errorf("%q: %q, want %q", text, got, want)
		}
	}
	for c := range 256 {
		text := "x" + string([]byte{byte(c)}) + "y"
		if quoted := strconv.Quote(text); printable(text) != quoted[1:len(quoted)-1] {
			t.Errorf("%q: %q", text, printable(text))
		}
	}
	if n := testing.AllocsPerRun(100, func() { printable("RETR 12") }); n > 0 {
		t.Errorf("%v allocations for a text without escapes", n)
	}
}
