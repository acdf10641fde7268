package corpus

import (
	"bytes"
	"encoding/base64"
	"fmt"
	"math/rand/v2"
	"strings"
)

const header = "From: Ann <ann@example.org>\nTo: Bob <bob@example.org>\nDate: Thu, 1 Jan 2026 12:00:00 +0000\n" +
	"Message-ID: <%d@example.org>\nSubject: %s\n"

// withHeader returns a message with a header and the body.
func withHeader(kind, body string) Message {
	return Message{Kind: kind, Data: []byte(fmt.Sprintf(header, len(kind)+len(body), kind) + "\n" + body)}
}

// crlf returns the message with CRLF line ends.
func crlf(m Message) Message {
	m.Data = Wire(m.Data)
	return m
}

// special returns one message of each special kind.
func special(rng *rand.Rand) []Message {
	all := [][]Message{asWritten(rng), dots(), lineEnds(), octets(rng), shapes(), large(rng)}
	var messages []Message
	for _, group := range all {
		messages = append(messages, group...)
	}
	return messages
}

// asWritten are messages as people send them.
func asWritten(rng *rand.Rand) []Message {
	return []Message{
		withHeader("plain", "Hello Bob,\n\nhow are you?\n\nAnn\n"),
		withHeader("8-bit", "Grüße aus Köln\nこんにちは\n"),
		withHeader("ISO-2022-JP", "\x1b$B$3$s$K$A$O\x1b(B\n"),
		withHeader("From line in the body", "He wrote:\nFrom here on it is easy.\n>From there too.\n\nFrom a blank line on.\n"),
		withHeader("attachment", attachment(rng, 20<<10)),
		withHeader("blank lines at the end", "text\n\n\n\n"),
		{Kind: "folded header", Data: []byte("Subject: a header line\n that is folded\n\tand folded again\nFrom: ann@example.org\n\nbody\n")},
	}
}

// attachment returns the text of n random octets in base64.
func attachment(rng *rand.Rand, n int) string {
	raw := make([]byte, n)
	for i := range raw {
		raw[i] = byte(rng.Uint32())
	}
	var text strings.Builder
	code := base64.StdEncoding.EncodeToString(raw)
	for len(code) > 76 {
		text.WriteString(code[:76] + "\n")
		code = code[76:]
	}
	text.WriteString(code + "\n")
	return text.String()
}

// dots are messages with lines that begin with one (RFC 1939 §3).
func dots() []Message {
	return []Message{
		withHeader("dots", ".\n..\n...\n.a\n..a\n. \na.\n\n.\n"),
		withHeader("long dots", strings.Repeat(strings.Repeat(".", 998)+"\n", 40)),
		withHeader("dot without newline", "text\n."),
		withHeader("dots with CRLF", ".\r\n..\r\n.a\r\n.\r\n"),
		withHeader("dots and bare CR", ".\r.\r\r\n.\r\n\r.\r\n"),
		withHeader("dots and CR CR LF", ".\r\r\n..\r\r\n"),
		{Kind: "dot alone", Data: []byte(".")},
		{Kind: "dot line alone", Data: []byte(".\n")},
		{Kind: "dot CRLF alone", Data: []byte(".\r\n")},
		{Kind: "dot CR alone", Data: []byte(".\r")},
		{Kind: "dots in the header", Data: []byte("..X: 1\n.Y: 2\nSubject: dots\n.\n..\n\nbody\n")},
	}
}

// lineEnds are messages whose lines do not all end in LF.
func lineEnds() []Message {
	return []Message{
		crlf(withHeader("CRLF file", "one\ntwo\n\nthree\n")),
		withHeader("mixed line ends", "LF\nCRLF\r\nLF\n\r\n\nend\r\n"),
		withHeader("bare CR", "in the\rmiddle\nat the end\r\n\rat the start\n\r\n"),
		withHeader("CR CR LF", "one\r\r\ntwo\r\r\r\n"),
		withHeader("CR as last octet", "text\r"),
		withHeader("no final newline", "the last line has no end"),
		withHeader("header and blank line", ""),
		{Kind: "CRLF without final LF", Data: []byte("Subject: x\r\n\r\nbody\r\nlast\r")},
		{Kind: "one CR", Data: []byte("\r")},
		{Kind: "one LF", Data: []byte("\n")},
		{Kind: "one CRLF", Data: []byte("\r\n")},
		{Kind: "CR LF CR", Data: []byte("\r\n\r")},
		{Kind: "only CR", Data: bytes.Repeat([]byte("\r"), 5000)},
		{Kind: "only LF", Data: bytes.Repeat([]byte("\n"), 5000)},
	}
}

// octets are messages with octets that RFC 5322 does not allow.
func octets(rng *rand.Rand) []Message {
	var all []byte
	for c := range 256 {
		all = append(all, byte(c))
	}
	noise := make([]byte, 10000)
	for i := range noise {
		noise[i] = byte(rng.Uint32())
	}
	return []Message{
		withHeader("NUL", "a\x00b\n\x00\n\x00\x00\x00end\n"),
		withHeader("invalid UTF-8", "\xff\xfe\xc3\x28 \xe2\x82\n"),
		withHeader("every octet", string(all)+"\n"),
		withHeader("noise", string(noise)),
		{Kind: "8-bit header", Data: []byte("Subject: Gr\xfc\xdfe\nFrom: \xe3\x81\x82 <a@example.org>\n\nbody\n")},
		{Kind: "NUL in the header", Data: []byte("Subject: a\x00b\nFrom: a@example.org\n\nbody\n")},
	}
}

// shapes are messages that are not a header, a blank line and a body.
func shapes() []Message {
	return []Message{
		{Kind: "empty", Data: []byte{}},
		{Kind: "one octet", Data: []byte("x")},
		{Kind: "header only", Data: []byte("Subject: no blank line\nFrom: a@example.org\n")},
		{Kind: "header only, no newline", Data: []byte("Subject: no end")},
		{Kind: "blank line first", Data: []byte("\nSubject: in the body\n\nbody\n")},
		{Kind: "no header", Data: []byte("just text\nand more text\n")},
		{Kind: "From line first", Data: []byte("From ann@example.org Thu Jan  1 12:00:00 2026\nSubject: mbox\n\nbody\n")},
		{Kind: "continuation first", Data: []byte(" folded\n\tfrom nowhere\nSubject: x\n\nbody\n")},
		{Kind: "status in the text", Data: []byte("+OK 3 octets\n-ERR no\n.\n+OK\n")},
	}
}

// large are messages that are long in some way.
func large(rng *rand.Rand) []Message {
	fields := &strings.Builder{}
	for i := range 3000 {
		fmt.Fprintf(fields, "X-Field-%d: value number %d\n", i, i)
	}
	manyFields := withHeader("many header fields", "body\n")
	manyFields.Data = append([]byte(fields.String()), manyFields.Data...)
	return []Message{
		manyFields,
		withHeader("line of a read buffer", strings.Repeat("a", 4095)+"\r\n"+strings.Repeat("b", 4096)+"\r\n"),
		withHeader("line ends at buffer ends", strings.Repeat(strings.Repeat("c", 4094)+"\r\n", 20)),
		withHeader("line of 3 MB", strings.Repeat("0123456789abcdef", 3<<16)+"\n"),
		withHeader("large attachment", attachment(rng, 5<<20)),
		{Kind: "odd line lengths", Data: oddLines(rng)},
	}
}

// oddLines returns lines of every length up to a few hundred, so that line
// ends meet every place of a read buffer.
func oddLines(rng *rand.Rand) []byte {
	out := []byte("Subject: odd line lengths\n\n")
	for n := range 400 {
		out = append(out, bytes.Repeat([]byte{"ax."[rng.IntN(3)]}, n)...)
		out = append(out, "\r\n"[rng.IntN(2):]...)
	}
	return out
}
