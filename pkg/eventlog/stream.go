package eventlog

import (
	"io"
	"log/slog"
	"time"
)

// timeFormat is the format of times in text.
const timeFormat = "2006-01-02T15:04:05.000Z07:00"

// stream is the sink that writes a line for each event, with the time at the start.
type stream struct {
	to   io.Writer
	line []byte // reused for each line
}

func (s *stream) write(e *event) error {
	s.line = appendLine(s.line[:0], e.time, e.level, e.line)
	_, err := s.to.Write(s.line)
	return err
}

// Close does nothing: the caller owns the file.
func (s *stream) Close() error { return nil }

// appendLine appends the line of an event.
func appendLine(b []byte, at time.Time, level slog.Level, text []byte) []byte {
	b = at.AppendFormat(b, timeFormat)
	b = append(b, ' ')
	if level != slog.LevelInfo {
		b = append(b, level.String()...)
		b = append(b, ' ')
	}
	b = append(b, text...)
	return append(b, '\n')
}
