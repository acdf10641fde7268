package eventlog

import (
	"context"
	"log/slog"
)

// handler turns records into events. Groups are not used by this program; their
// names are left out.
type handler struct {
	log   *Log
	attrs []slog.Attr
}

// Enabled reports whether records of this level are written.
func (h *handler) Enabled(_ context.Context, level slog.Level) bool {
	return level >= h.log.settings.Load().level
}

// Handle writes a record; it never fails, for nobody could be told. If the queue
// is full, a record of one message of many waits for room until ctx ends.
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

// scratch is where a record is turned into text.
type scratch struct {
	line   []byte // the event and its facts
	fields []byte // the facts as fields of the journal
	value  []byte // one of them

	session string // the record's session, or ""
}

// encode writes the record's texts, that of the journal only if asked to. It is
// done by the goroutine that logs: what an attribute points to may change as
// soon as Handle has returned.
func (s *scratch) encode(r *slog.Record, attrs []slog.Attr, journal bool) {
	s.session = sessionOf(r, attrs)
	s.line, s.fields = appendRecord(s.line[:0], r, attrs), s.fields[:0]
	if journal {
		s.appendFields(r, attrs)
	}
}

// sessionOf returns the id of the record's session, "" if it has none.
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
