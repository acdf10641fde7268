package eventlog

import (
	"context"
	"log/slog"
	"strconv"
	"strings"
)

// handler turns records into lines. Groups are not used by this program; their
// names are left out.
type handler struct {
	log   *Log
	attrs []slog.Attr
}

// Enabled reports whether records of this level are written.
func (h *handler) Enabled(_ context.Context, level slog.Level) bool {
	h.log.mu.Lock()
	defer h.log.mu.Unlock()
	return level >= h.log.level
}

// Handle writes a record; it never fails, for nobody could be told.
func (h *handler) Handle(_ context.Context, r slog.Record) error {
	line := appendRecord(nil, &r, h.attrs)
	h.log.mu.Lock()
	defer h.log.mu.Unlock()
	h.log.write(&r, line)
	return nil
}

// WithAttrs returns a handler that adds attrs to each record.
func (h *handler) WithAttrs(attrs []slog.Attr) slog.Handler {
	all := append(append([]slog.Attr{}, h.attrs...), attrs...)
	return &handler{log: h.log, attrs: all}
}

// WithGroup returns h.
func (h *handler) WithGroup(string) slog.Handler { return h }

// appendRecord appends the event and its facts: login user=mrose messages=2.
func appendRecord(b []byte, r *slog.Record, attrs []slog.Attr) []byte {
	b = append(b, r.Message...)
	for _, a := range attrs {
		b = appendAttr(b, a)
	}
	r.Attrs(func(a slog.Attr) bool {
		b = appendAttr(b, a)
		return true
	})
	return b
}

func appendAttr(b []byte, a slog.Attr) []byte {
	b = append(b, ' ')
	b = append(b, a.Key...)
	b = append(b, '=')
	text := a.Value.Resolve().String()
	if needsQuotes(text) {
		return strconv.AppendQuoteToASCII(b, text)
	}
	return append(b, text...)
}

// needsQuotes reports whether text is anything but one plain word.
func needsQuotes(text string) bool {
	return text == "" || strings.ContainsFunc(text, func(r rune) bool {
		return r <= ' ' || r >= 0x7F || r == '"' || r == '=' || r == '\\'
	})
}
