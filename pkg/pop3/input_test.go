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
		limit := maxLine
		if isAUTH([]byte(line)) {
			limit = maxLongLine
		}
		if len(line) >= limit {
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
		"\x16\x03\x01", "NOOP\r\n\xf2\x95\x01\x03\xee", "\x80\n\x01\x03\x00\n", "\x80\x2e\x01\x00\x02\nQUIT\r\n",
		strings.Repeat("x", maxLine-1) + "\n", strings.Repeat("x", maxLine) + "\n", strings.Repeat("x", maxLine-2) + "\r\nNOOP\r\n",
		"NOOP\r\n" + strings.Repeat("x", 5*maxLine), strings.Repeat("NOOP\r\n", 1000),
		"AUTH " + strings.Repeat("x", 5*maxLine) + "\r\n" + strings.Repeat("NOOP\r\n", 500), "AUTH " + strings.Repeat("x", maxLongLine-6) + "\n",
		"AUTH " + strings.Repeat("x", maxLongLine-5) + "\n", "AUTH " + strings.Repeat("x", 3*maxLine) + "\n" + strings.Repeat("y", 2*maxLine) + "\n",
		strings.Repeat("NOOP\r\n", 3000) + "AUTH " + strings.Repeat("x", 9*maxLine) + "\r\nQUIT\r\n",
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
		compareLines(t, text, from)
	})
}

// compareLines reads text from a reader and compares the lines with lineOracle. The input
// ends at a TLS handshake, which may contain line ends: without its last octets it is a
// line.
func compareLines(t *testing.T, text string, from io.Reader) {
	t.Helper()
	want, wantErr := lineOracle(text)
	in := startInput(from)
	in.long = isAUTH
	for i := 0; ; i++ {
		pending, hello := in.pending(), isHello([]byte(text))
		line, err := in.readLine()
		if cap(in.buf) > 2*maxLongLine {
			t.Fatalf("%d octets are held", cap(in.buf))
		}
		switch {
		case errors.Is(err, errHello):
			if !hello {
				t.Fatalf("line %d: %v", i, err)
			}
			return
		case err != nil:
			if hello || !errors.Is(err, wantErr) || i != len(want) || pending && wantErr == io.EOF {
				t.Fatalf("after %d lines: %v, want %d and %v", i, err, len(want), wantErr)
			}
			return
		case i >= len(want) || string(line) != want[i] || isHello(line):
			t.Fatalf("line %d: %q", i, line)
		}
		_, text, _ = strings.Cut(text, "\n")
	}
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
			if fields := strings.FieldsFunc(rest, func(r rune) bool { return strings.ContainsRune(" \r\t", r) }); rest != "" && rest[0] > ' ' && len(fields) > 1 && got != word+" "+fields[0]+" ***" {
				t.Errorf("%q: %q", line, got)
			}
		default:
			if got != line {
				t.Errorf("%q: %q", line, got)
			}
		}
	})
}

func TestMaskBeforeLogin(t *testing.T) {
	tests := []struct{ name, line, want string }{
		{"a name", "USER ann", "USER ann"},
		{"a password behind the name", "USER ann secret", "USER ann ***"},
		{"spaces in front of the name", "user   ann secret word", "user ann ***"},
		{"a bare CR for a line end", "USER ann\rPASS secret", "USER ann ***"},
		{"a tab", "USER ann\tsecret", "USER ann ***"},
		{"a CR behind the command", "USER\rann secret", "***"},
		{"no name", "USER", "USER"},
		{"an empty name", "USER ", "USER "},
		{"a password", "PASS secret", "PASS ***"},
		{"a password of spaces", "PASS  ", "PASS ***"},
		{"no digest", "APOP ann", "APOP ann"},
		{"a digest", "APOP ann 0123 secret", "APOP ann ***"},
		{"a command that takes nothing", "QUIT secret", "QUIT ***"},
		{"a command of the other state", "TOP 1 secret", "TOP 1 ***"},
		{"no command", "secret", "***"},
		{"AUTH", "AUTH PLAIN secret", "AUTH ***"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			if got := mask([]byte(test.line), true); got != test.want {
				t.Errorf("%q is logged as %q, want %q", test.line, got, test.want)
			}
		})
	}
}

func startInput(from io.Reader) *input {
	in := &input{}
	in.start(from, nil)
	return in
}
