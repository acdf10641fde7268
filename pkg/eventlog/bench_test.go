package eventlog

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"testing"
	"time"
)

// A disabled event costs nothing. An enabled one needs no allocation in this package.
func TestAllocations(t *testing.T) {
	logger := openLog(t, Config{}).Logger()
	if n := testing.AllocsPerRun(1000, func() {
		logger.LogAttrs(context.Background(), slog.LevelDebug, "debug", slog.String("command", "NOOP"))
	}); n != 0 {
		t.Errorf("%v allocations for an event that is not written", n)
	}
	var s scratch
	r := record()
	if n := testing.AllocsPerRun(1000, func() { s.encode(&r, nil, true) }); n != 0 {
		t.Errorf("%v allocations for the texts of an event", n)
	}
}

// record returns a record of a session about a message.
func record() slog.Record {
	r := slog.NewRecord(time.Now(), slog.LevelInfo, "message retrieved", 0)
	r.AddAttrs(slog.String("session", "n6jk3gh2bq5xw7ma"), slog.String("remote", "192.0.2.17"),
		slog.String("user", "mrose@example.com"), slog.Int64("sent", 4711),
		slog.String("uidl", "1161234567.M20046P2519V0000000000000801I0023E1A2.mail"), slog.Int64("octets", 4711))
	return r
}

// BenchmarkEvent measures the cost of an event for the goroutine of a session.
func BenchmarkEvent(b *testing.B) {
	for _, journal := range []bool{false, true} {
		b.Run(fmt.Sprintf("journal=%t", journal), func(b *testing.B) {
			there, path := newJournald(b)
			go io.Copy(io.Discard, there)
			c := Config{Stderr: io.Discard}
			if journal {
				c.Journal = path
			}
			l, err := Open(c)
			if err != nil {
				b.Fatal(err)
			}
			defer l.Close()
			h, r := l.Logger().Handler(), record()
			b.ReportAllocs()
			for b.Loop() {
				_ = h.Handle(context.Background(), r)
			}
		})
	}
}

// BenchmarkEncode measures the part of it that encodes the event as text.
func BenchmarkEncode(b *testing.B) {
	for _, journal := range []bool{false, true} {
		b.Run(fmt.Sprintf("journal=%t", journal), func(b *testing.B) {
			var s scratch
			r := record()
			b.ReportAllocs()
			for b.Loop() {
				s.encode(&r, nil, journal)
			}
		})
	}
}
