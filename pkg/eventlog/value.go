package eventlog

import (
	"errors"
	"log/slog"
	"strconv"
	"strings"
	"syscall"
	"time"
	"unicode"
	"unicode/utf8"

	"tpops/pkg/sd"
)

// appendRecord appends the event and its fields as text, in printable ASCII: login
// user=mrose messages=2.
func appendRecord(b []byte, r *slog.Record, attrs []slog.Attr) []byte {
	b = append(b, r.Message...)
	for _, a := range attrs {
		b = appendText(b, a)
	}
	r.Attrs(func(a slog.Attr) bool {
		b = appendText(b, a)
		return true
	})
	return b
}

func appendText(b []byte, a slog.Attr) []byte {
	b = append(b, ' ')
	b = append(b, a.Key...)
	b = append(b, '=')
	v := a.Value.Resolve()
	switch v.Kind() {
	case slog.KindInt64:
		return strconv.AppendInt(b, v.Int64(), 10)
	case slog.KindDuration:
		return appendDuration(b, v.Duration())
	}
	text := bounded(a.Key, v.String())
	if needsQuotes(text) {
		return strconv.AppendQuoteToASCII(b, text)
	}
	return append(b, text...)
}

// appendDuration appends a duration: from one second on in seconds with up to three
// decimals, below in milliseconds with one: 90s, 1.5s, 0.6ms.
func appendDuration(b []byte, d time.Duration) []byte {
	unit, step, name := time.Second, time.Millisecond, "s"
	if d.Abs() < time.Second-50*time.Microsecond {
		unit, step, name = time.Millisecond, 100*time.Microsecond, "ms"
	}
	b = strconv.AppendFloat(b, float64(d.Round(step))/float64(unit), 'f', -1, 64)
	return append(b, name...)
}

// needsQuotes reports whether text is not a single plain word.
func needsQuotes(text string) bool {
	for i := range len(text) {
		if c := text[i]; c <= ' ' || c >= 0x7F || c == '"' || c == '=' || c == '\\' {
			return true
		}
	}
	return text == ""
}

// bounded returns text, truncated to the maximum length for the key.
func bounded(key, text string) string {
	most := maxValue
	if key == "error" || key == "dialogue" {
		most = maxError
	}
	if len(text) <= most {
		return text
	}
	const mark = "..."
	text = text[:most-len(mark)]
	// Remove the last character unless it is complete.
	for i := len(text) - 1; i >= 0 && i >= len(text)-utf8.UTFMax; i-- {
		if utf8.RuneStart(text[i]) {
			if !utf8.FullRuneInString(text[i:]) {
				text = text[:i]
			}
			break
		}
	}
	return text + mark
}

// appendFields appends the attributes of a record as fields of the journal.
func (s *scratch) appendFields(r *slog.Record, attrs []slog.Attr) {
	for _, a := range attrs {
		s.appendField(a)
	}
	r.Attrs(func(a slog.Attr) bool {
		s.appendField(a)
		return true
	})
}

func (s *scratch) appendField(a slog.Attr) {
	v := a.Value.Resolve()
	switch v.Kind() {
	case slog.KindInt64:
		s.value = strconv.AppendInt(s.value[:0], v.Int64(), 10)
	case slog.KindDuration:
		s.value = strconv.AppendInt(s.value[:0], v.Duration().Microseconds(), 10)
	default:
		s.value = appendEscaped(s.value[:0], bounded(a.Key, v.String()))
	}
	s.fields = sd.AppendField(s.fields, fieldName(a.Key), s.value)
	if v.Kind() == slog.KindAny && a.Key == "error" {
		s.appendErrno(v.Any())
	}
}

// appendErrno adds the number of the system error, for which the journal has a standard
// field.
func (s *scratch) appendErrno(v any) {
	err, _ := v.(error)
	var errno syscall.Errno
	if errors.As(err, &errno) && errno != 0 {
		s.value = strconv.AppendUint(s.value[:0], uint64(errno), 10)
		s.fields = sd.AppendField(s.fields, "ERRNO", s.value)
	}
}

// appendEscaped appends text so that the journal gets printable characters only: \n, \t,
// \r, \\ and \xNN as in Go and C, all other characters unchanged. So a search for
// TPOPS_USER=müller works, and no two names look the same.
func appendEscaped(b []byte, text string) []byte {
	for len(text) > 0 {
		if c := text[0]; c >= ' ' && c < 0x7F && c != '\\' {
			b = append(b, c)
			text = text[1:]
			continue
		}
		r, size := utf8.DecodeRuneInString(text)
		if (r != utf8.RuneError || size > 1) && r != '\\' && unicode.IsPrint(r) {
			b = append(b, text[:size]...)
		} else {
			b = appendEscapes(b, text[:size])
		}
		text = text[size:]
	}
	return b
}

// appendEscapes escapes each octet of a character that is not printable.
func appendEscapes(b []byte, character string) []byte {
	const hex = "0123456789abcdef"
	for _, c := range []byte(character) {
		if short := strings.IndexByte("\\\n\t\r", c); short >= 0 {
			b = append(b, '\\', `\ntr`[short])
			continue
		}
		b = append(b, '\\', 'x', hex[c>>4], hex[c&15])
	}
	return b
}
