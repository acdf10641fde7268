package check

import (
	"context"
	"log/slog"
)

// counter counts the records of a log that are at least warnings.
type counter struct {
	slog.Handler
	warnings *int
}

// Handle counts a record and passes it on.
func (h *counter) Handle(ctx context.Context, r slog.Record) error {
	if r.Level >= slog.LevelWarn {
		*h.warnings++
	}
	return h.Handler.Handle(ctx, r)
}

// WithAttrs returns a handler that counts with this one.
func (h *counter) WithAttrs(attrs []slog.Attr) slog.Handler {
	return &counter{h.Handler.WithAttrs(attrs), h.warnings}
}

// WithGroup returns a handler that counts with this one.
func (h *counter) WithGroup(name string) slog.Handler {
	return &counter{h.Handler.WithGroup(name), h.warnings}
}
