package eventlog

import (
	"io"
	"log/slog"
)

// stream is a sink with a line for each event, the time in front.
type stream struct {
	to     io.Writer
	closer io.Closer // nil: not ours to close
	level  slog.Level
}

func (s *stream) write(r *slog.Record, line string) {
	if r.Level < s.level {
		return
	}
	b := r.Time.AppendFormat(nil, "2006-01-02T15:04:05.000Z07:00")
	b = append(b, ' ')
	if r.Level != slog.LevelInfo {
		b = append(b, r.Level.String()...)
		b = append(b, ' ')
	}
	b = append(b, line...)
	_, _ = s.to.Write(append(b, '\n'))
}

// Close closes a file.
func (s *stream) Close() error {
	if s.closer == nil {
		return nil
	}
	return s.closer.Close()
}
