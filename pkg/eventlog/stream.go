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
	to     io.Writer
	line   []byte // reused for each line
	now    clock
	isTorn bool // the last line has no end
}

func (s *stream) write(e *event) error {
	s.line = s.appendLine(s.line[:0], e)
	if n, err := s.writeLines(s.line); n < len(s.line) {
		return err
	}
	return nil
}

func (s *stream) appendLine(b []byte, e *event) []byte {
	return appendEvent(s.now.append(b, e.time), e.level, e.line)
}

// writeLines writes lines. If only a part of a line can be written, as on a full disk, the next
// call ends it first. A line that lacks nothing else counts as written.
func (s *stream) writeLines(lines []byte) (int, error) {
	if s.isTorn {
		if _, err := s.to.Write([]byte{'\n'}); err != nil {
			return 0, err
		}
	}
	n, err := s.to.Write(lines)
	s.isTorn = n > 0 && n < len(lines) && lines[n-1] != '\n'
	if s.isTorn && lines[n] == '\n' {
		n++
	}
	return n, err
}

// Close does nothing: the caller owns the file.
func (s *stream) Close() error { return nil }

// appendLine appends the line of an event.
func appendLine(b []byte, at time.Time, level slog.Level, text []byte) []byte {
	return appendEvent(at.AppendFormat(b, timeFormat), level, text)
}

// appendEvent appends what follows the time in a line.
func appendEvent(b []byte, level slog.Level, text []byte) []byte {
	b = append(b, ' ')
	if level != slog.LevelInfo {
		b = append(b, level.String()...)
		b = append(b, ' ')
	}
	b = append(b, text...)
	return append(b, '\n')
}

// clock formats times as timeFormat does. Most records are of the same second as the one
// before, so that only milliseconds differ. One goroutine uses it.
type clock struct {
	second     int64
	zone       *time.Location
	begin, end []byte // what stands before and after the milliseconds
}

// append appends a time.
func (c *clock) append(b []byte, at time.Time) []byte {
	if second := at.Unix(); c.begin == nil || second != c.second || at.Location() != c.zone {
		c.second, c.zone = second, at.Location()
		c.begin = at.AppendFormat(c.begin[:0], "2006-01-02T15:04:05.")
		c.end = at.AppendFormat(c.end[:0], "Z07:00")
	}
	ms := at.Nanosecond() / int(time.Millisecond)
	b = append(b, c.begin...)
	b = append(b, byte('0'+ms/100), byte('0'+ms/10%10), byte('0'+ms%10))
	return append(b, c.end...)
}
