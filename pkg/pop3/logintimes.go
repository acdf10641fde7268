package pop3

import (
	"context"
	"log/slog"
	"sync/atomic"
	"time"
)

// loginTimes adds up where the time of one login goes, in nanoseconds. It is the Meter in
// the context of the login, and passes everything on to the server's. Goroutines may share
// it.
type loginTimes struct {
	server                     Meter // nil: none
	waited, lookup, hash, open atomic.Int64
}

// withTimes returns the context of a login whose times are added to t.
func withTimes(ctx context.Context, t *loginTimes) context.Context {
	t.server, _ = ctx.Value(meterKey{}).(Meter)
	return context.WithValue(ctx, meterKey{}, t)
}

// Took implements Meter.
func (t *loginTimes) Took(span Span, took time.Duration) {
	switch span {
	case SpanHashWait:
		t.waited.Add(int64(took))
	case SpanLookup:
		t.lookup.Add(int64(took))
	case SpanHash:
		t.hash.Add(int64(took))
	case SpanOpen:
		t.open.Add(int64(took))
	}
	if t.server != nil {
		t.server.Took(span, took)
	}
}

// Count implements Meter.
func (t *loginTimes) Count(figure Figure, label string, n int64) {
	if t.server != nil {
		t.server.Count(figure, label, n)
	}
}

// timesIn returns the times that withTimes has put into the context, nil without.
func timesIn(ctx context.Context) *loginTimes {
	t, _ := ctx.Value(meterKey{}).(*loginTimes)
	return t
}

// delayed adds the time since begun, in which the guard has delayed the login.
func delayed(ctx context.Context, begun time.Time) {
	if t := timesIn(ctx); t != nil {
		t.waited.Add(int64(time.Since(begun)))
	}
}

// attrs returns the times for the log.
func (t *loginTimes) attrs() []slog.Attr {
	return []slog.Attr{
		slog.Duration("waited", spent(&t.waited)), slog.Duration("lookup", spent(&t.lookup)),
		slog.Duration("hash", spent(&t.hash)), slog.Duration("open", spent(&t.open)),
	}
}

func spent(nanoseconds *atomic.Int64) time.Duration {
	return time.Duration(nanoseconds.Load()).Round(time.Microsecond)
}
