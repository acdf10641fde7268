package pop3

import (
	"errors"
	"io"
	"strings"
	"testing"
	"testing/iotest"
)

// lineOracle splits text into lines and says whether one was too long.
func lineOracle(text string) (lines []string, err error) {
	for {
		line, rest, found := strings.Cut(text, "\n")
		if len(line) >= maxLine {
			return lines, ErrTooLong
		}
		if !found {
			return lines, io.EOF
		}
		lines = append(lines, strings.TrimSuffix(line, "\r"))
		text = rest
	}
}

func FuzzReadLine(f *testing.F) {
	for _, text := range []string{
		"", "\n", "\r\n", "QUIT\r\n", "USER a\nPASS b\r\nQU", "\r\r\n", "a\x00b\n",
		strings.Repeat("x", maxLine-1) + "\n", strings.Repeat("x", maxLine) + "\n", strings.Repeat("x", maxLine-2) + "\r\nNOOP\r\n",
		"NOOP\r\n" + strings.Repeat("x", 5*maxLine), strings.Repeat("NOOP\r\n", 1000),
	} {
		f.Add(text, byte(0))
		f.Add(text, byte(1))
		f.Add(text, byte(2))
	}
	f.Fuzz(func(t *testing.T, text string, chunks byte) {
		var from io.Reader = strings.NewReader(text)
		switch chunks % 3 {
		case 1:
			from = iotest.OneByteReader(from)
		case 2:
			from = iotest.DataErrReader(from)
		}
		want, wantErr := lineOracle(text)
		in := newInput(from, nil)
		for i := 0; ; i++ {
			pending := in.pending()
			line, err := in.readLine()
			if err != nil {
				if !errors.Is(err, wantErr) || i != len(want) || pending {
					t.Fatalf("after %d lines: %v, want %d and %v", i, err, len(want), wantErr)
				}
				return
			}
			if i >= len(want) || string(line) != want[i] {
				t.Fatalf("line %d: %q", i, line)
			}
		}
	})
}

func FuzzMask(f *testing.F) {
	f.Add("PASS secret")
	f.Add("pass  two words ")
	f.Add("APOP name 0123")
	f.Add("AUTH PLAIN AGEAYg==")
	f.Fuzz(func(t *testing.T, line string) {
		got := mask([]byte(line), false)
		word, rest, _ := strings.Cut(line, " ")
		switch strings.ToUpper(word) {
		case "PASS", "AUTH":
			if rest != "" && got != word+" ***" {
				t.Errorf("%q: %q", line, got)
			}
		case "APOP":
			if fields := strings.FieldsFunc(rest, func(r rune) bool { return r == ' ' }); len(fields) > 1 && got != word+" "+fields[0]+" ***" {
				t.Errorf("%q: %q", line, got)
			}
		default:
			if got != line {
				t.Errorf("%q: %q", line, got)
			}
		}
	})
}
