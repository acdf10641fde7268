package proxy

import (
	"strings"
	"testing"
)

// undotOracle returns the message at the start of a multi-line reply (RFC 1939 §3), and
// the octets after its end. It works line by line.
func undotOracle(answer string) (text, rest string, done bool) {
	for answer != "" {
		line, after, whole := strings.Cut(answer, "\r\n")
		if whole && line == "." {
			return text, after, true
		}
		if !whole && (line == "." || line == ".\r") {
			return text, "", false // It may still become the end.
		}
		text += strings.TrimPrefix(line, ".")
		if whole {
			text += "\r\n"
		}
		answer = after
	}
	return text, "", false
}

// undotAll passes the reply to undot in pieces of in octets, with room for out octets.
func undotAll(answer string, in, out int) (text, rest string, done bool) {
	var u undot
	dst := make([]byte, out)
	for answer != "" && !done {
		written, taken, end := u.copy(dst, []byte(answer[:min(in, len(answer))]))
		text += string(dst[:written])
		answer, done = answer[taken:], end
	}
	if !done {
		return text, "", false
	}
	return text, answer, true
}

func FuzzUndot(f *testing.F) {
	for _, answer := range []string{
		"", ".\r\n", "..\r\n.\r\n", ".", ".\r", ".\rx\r\n.\r\n", "a\r\n.\r\n+OK", "a\n.\n\r\n.\r\n", "\r\r\n.\r\n", ".\r\r\n.\r\n",
		"...\r\n..\r\r\n.\r\n", "\r\n.\n.\r\n", ".x\r\n.\r.\r\n", strings.Repeat("a", 4095) + "\r\n.\r\n",
	} {
		for _, size := range []int{1, 2, 3, 8192} {
			f.Add(answer, size, 1)
			f.Add(answer, size, 8192)
		}
	}
	f.Fuzz(func(t *testing.T, answer string, in, out int) {
		in, out = 1+max(in, 0)%9000, 1+max(out, 0)%9000
		text, rest, done := undotAll(answer, in, out)
		wantText, wantRest, wantDone := undotOracle(answer)
		if text != wantText || rest != wantRest || done != wantDone {
			t.Fatalf("%q in pieces of %d, room for %d:\n got %q, %q, %v\nwant %q, %q, %v",
				answer, in, out, text, rest, done, wantText, wantRest, wantDone)
		}
	})
}

func FuzzHeadCut(f *testing.F) {
	f.Add("S: x\r\n\r\n1\r\n2\r\n", 1, 3)
	f.Add("\r\n\r\n", 0, 1)
	f.Add("S: x\r\r\n\r\n\r\n", 1, 2)
	f.Add("no body", 5, 8192)
	f.Fuzz(func(t *testing.T, text string, lines, size int) {
		size = 1 + max(size, 0)%9000
		cut := headCut{lines: int64(lines)}
		got := ""
		for rest := text; rest != "" && !cut.over(); rest = rest[min(size, len(rest)):] {
			piece := rest[:min(size, len(rest))]
			got += piece[:cut.take([]byte(piece))]
		}
		want, body := "", false
		for line := range strings.Lines(text) {
			if body && lines <= 0 {
				break
			}
			want += line
			if body {
				lines--
			}
			bare := strings.TrimRight(line, "\n")
			body = body || strings.HasSuffix(line, "\n") && strings.Trim(bare, "\r") == ""
		}
		if got != want {
			t.Fatalf("%q: got %q, want %q", text, got, want)
		}
	})
}
