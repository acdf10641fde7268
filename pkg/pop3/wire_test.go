package pop3

import (
	"bytes"
	"strings"
	"testing"
	"testing/iotest"
)

// wireOracle says what a multi-line reply is, line by line, the simplest way:
// RFC 1939 §3 with the rule of WireOctets. limit < 0 is the whole message.
func wireOracle(text string, limit int) string {
	var out strings.Builder
	inBody := false
	for _, line := range strings.SplitAfter(text, "\n") {
		if line == "" || inBody && limit == 0 {
			break
		}
		if strings.HasPrefix(line, ".") {
			out.WriteByte('.')
		}
		bare, whole := strings.CutSuffix(line, "\n")
		if whole {
			bare = strings.TrimSuffix(bare, "\r")
		}
		out.WriteString(bare + "\r\n")
		if inBody {
			limit--
		}
		inBody = inBody || bare == ""
	}
	return out.String() + ".\r\n"
}

// pieces gives text to w in pieces of n octets.
func pieces(w *wireText, text string, n int) string {
	var out []byte
	for more := true; more && text != ""; {
		piece := text[:min(n, len(text))]
		text = text[len(piece):]
		out, more = w.append(out, []byte(piece))
	}
	return string(w.appendEnd(out))
}

func FuzzWireText(f *testing.F) {
	for _, text := range []string{
		"", "\n", "\r", "\r\n", ".", ".\r\n", "..\n", "a\r\rb\n", "\r\n.\r\n", "\n.\n", "a\n\n.b\r\n", "\r.\r\n",
		strings.Repeat("a", 4095) + "\r\n", "a: b\r\n\r\r\n\r\nbody", "\x00\xff\n",
	} {
		f.Add(text, 1, -1)
		f.Add(text, 7, 0)
		f.Add(text, 4096, 2)
	}
	f.Fuzz(func(t *testing.T, text string, n, limit int) {
		n, limit = 1+max(n, 0)%5000, max(limit, -1)
		w := &wireText{limited: limit >= 0, lines: int64(limit)}
		got := pieces(w, text, n)
		if want := wireOracle(text, limit); got != want {
			t.Fatalf("%q in pieces of %d, limit %d:\n got %q\nwant %q", text, n, limit, got, want)
		}
		if limit >= 0 {
			return
		}
		octets, err := WireOctets(iotest.HalfReader(strings.NewReader(text)))
		if want := unstuffed(got); err != nil || octets != want {
			t.Fatalf("%q: %d octets, %v, sent %d", text, octets, err, want)
		}
	})
}

// A dot is stuffed only where a client sees the start of a line, which a bare CR,
// or a NUL, does not make: wherever a buffer ends, the reply ends once, at its end.
func TestStuffingAfterCR(t *testing.T) {
	tests := []struct{ text, want string }{
		{"a\r.\r\nb\n", "a\r.\r\nb\r\n.\r\n"},
		{"\r.\r\n", "\r.\r\n.\r\n"},
		{"\r.\n", "\r.\r\n.\r\n"},
		{"a\r\r\n.\r\n", "a\r\r\n..\r\n.\r\n"},
		{"a\r\n.\rb\n", "a\r\n..\rb\r\n.\r\n"},
		{"a\n.\n.\n", "a\r\n..\r\n..\r\n.\r\n"},
		{"a\n\r.\n", "a\r\n\r.\r\n.\r\n"},
		{"a\x00.\r\n\x00.\r\n", "a\x00.\r\n\x00.\r\n.\r\n"},
		{"a\r", "a\r\r\n.\r\n"},
		{"a\r\n.", "a\r\n..\r\n.\r\n"},
		{"a\r.", "a\r.\r\n.\r\n"},
	}
	for _, test := range tests {
		for n := 1; n <= len(test.text); n++ {
			if got := pieces(&wireText{}, test.text, n); got != test.want {
				t.Errorf("%q in pieces of %d: %q, want %q", test.text, n, got, test.want)
			}
		}
	}
}

// unstuffed counts the octets of a message in a multi-line reply.
func unstuffed(reply string) int64 {
	n := 0
	for _, line := range strings.SplitAfter(strings.TrimSuffix(reply, ".\r\n"), "\r\n") {
		n += len(strings.TrimPrefix(line, "."))
	}
	return int64(n)
}

func TestWireOctetsReadError(t *testing.T) {
	if _, err := WireOctets(iotest.TimeoutReader(iotest.OneByteReader(strings.NewReader("ab")))); err != iotest.ErrTimeout {
		t.Errorf("%v, want the error of the read", err)
	}
}

func TestWireTextAllocates(t *testing.T) {
	text := bytes.Repeat([]byte(".line\nanother line\r\n"), 1000)
	dst := make([]byte, 0, 2*len(text))
	if n := testing.AllocsPerRun(100, func() {
		var w wireText
		w.append(dst, text)
	}); n != 0 {
		t.Errorf("%v allocations, want 0", n)
	}
}

func BenchmarkWireText(b *testing.B) {
	text := bytes.Repeat([]byte(strings.Repeat("x", 72)+"\n"), 1000)
	dst := make([]byte, 0, 2*len(text))
	b.SetBytes(int64(len(text)))
	for b.Loop() {
		var w wireText
		w.append(dst, text)
	}
}
