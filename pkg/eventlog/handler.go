package eventlog

import (
	"context"
	"log/slog"
)

// handler converts records to events. This program does not use groups; their names are
// omitted.
type handler struct {
	log   *Log
	attrs []slog.Attr
}

// Enabled reports whether records of this level are written.
func (h *handler) Enabled(_ context.Context, level slog.Level) bool {
	return level >= h.log.settings.Load().level
}

// Handle writes a record. It never fails, because its caller could not report the error.
// If the queue is full, some kinds of records wait for room until ctx ends.
func (h *handler) Handle(ctx context.Context, r slog.Record) error {
	s := h.log.scratch.Get().(*scratch)
	defer h.log.scratch.Put(s)
	s.encode(&r, h.attrs, h.log.settings.Load().journal)
	h.log.put(ctx, &r, s)
	return nil
}

// WithAttrs returns a handler that adds attrs to each record.
func (h *handler) WithAttrs(attrs []slog.Attr) slog.Handler {
	all := append(append([]slog.Attr{}, h.attrs...), attrs...)
	return &handler{log: h.log, attrs: all}
}

// WithGroup returns h.
func (h *handler) WithGroup(string) slog.Handler { return h }

// scratch has the buffers to convert a record to text.
type scratch struct {
	line   []byte // the event and its fields
	fields []byte // the fields of the journal
	value  []byte // one of them

	session string // the record's session, or ""
}

// encode writes the texts of the record, that of the journal only on request. The
// goroutine that logs calls it, because values of attributes may change as soon as
// Handle has returned.
func (s *scratch) encode(r *slog.Record, attrs []slog.Attr, journal bool) {
	s.session = sessionOf(r, attrs)
	s.line, s.fields = appendRecord(s.line[:0], r, attrs), s.fields[:0]
	if journal {
		s.appendFields(r, attrs)
	}
}

// sessionOf returns the session id of the record, "" if it has none.
func sessionOf(r *slog.Record, attrs []slog.Attr) (session string) {
	look := func(a slog.Attr) bool {
		if a.Key == "session" {
			session = a.Value.String()
		}
		return session == ""
	}
	for _, a := range attrs {
		look(a)
	}
	r.Attrs(look)
	return session
}
