// Package eventlog writes down what happens: events as lines on standard
// error, to syslog and to the error log, and a line for each connection to the
// access log. Nothing from a client reaches a log raw.
package eventlog

import (
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"sync"

	"tpops/pkg/pop3"
)

// Config says where to write. Each field may be left out.
type Config struct {
	Stderr    io.Writer // all events
	Syslog    string    // all events, with this facility; "none" is none
	ErrorLog  string    // path of a file for warnings and errors
	AccessLog string    // path of a file for the line of each connection
	Debug     bool      // also what went over the wire
}

// Log writes events and the access log. Goroutines may share it.
type Log struct {
	mu     sync.Mutex
	level  slog.Level
	sinks  []sink
	access *os.File
}

// sink is a place for events. Its errors cannot be told to anybody.
type sink interface {
	write(r *slog.Record, line string)
	io.Closer
}

// Open opens all that c names. Close closes it.
func Open(c Config) (*Log, error) {
	l := &Log{}
	return l, l.Reopen(c)
}

// Reopen opens all that c names anew and closes what was open before. Files
// that were renamed are thus made again. After an error, that of a file that
// cannot be opened, all is as before.
func (l *Log) Reopen(c Config) error {
	next, err := open(c)
	if err != nil {
		return errors.Join(err, next.Close())
	}
	l.mu.Lock()
	old := &Log{sinks: l.sinks, access: l.access}
	l.level, l.sinks, l.access = next.level, next.sinks, next.access
	l.mu.Unlock()
	return old.Close()
}

func open(c Config) (*Log, error) {
	l := &Log{level: slog.LevelInfo}
	if c.Debug {
		l.level = slog.LevelDebug
	}
	if c.Stderr != nil {
		l.sinks = append(l.sinks, &stream{to: c.Stderr, level: slog.LevelDebug})
	}
	if c.Syslog != "" && c.Syslog != "none" {
		s, err := newSyslog(c.Syslog)
		if err != nil {
			return l, err
		}
		l.sinks = append(l.sinks, s)
	}
	if c.ErrorLog != "" {
		f, err := appendTo(c.ErrorLog)
		if err != nil {
			return l, fmt.Errorf("error-log: %w", err)
		}
		l.sinks = append(l.sinks, &stream{to: f, closer: f, level: slog.LevelWarn})
	}
	if c.AccessLog != "" {
		f, err := appendTo(c.AccessLog)
		if err != nil {
			return l, fmt.Errorf("access-log: %w", err)
		}
		l.access = f
	}
	return l, nil
}

// appendTo opens a log file. Each line is one write at its end, so that
// processes that share it never tear one.
func appendTo(name string) (*os.File, error) {
	return os.OpenFile(name, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o640)
}

// Close closes the files and the connection to syslog; events are lost then.
func (l *Log) Close() error {
	l.mu.Lock()
	defer l.mu.Unlock()
	var errs []error
	for _, s := range l.sinks {
		errs = append(errs, s.Close())
	}
	if l.access != nil {
		errs = append(errs, l.access.Close())
	}
	l.sinks, l.access = nil, nil
	return errors.Join(errs...)
}

// Logger returns a logger whose records are events. It stays valid when the
// Log is opened anew.
func (l *Log) Logger() *slog.Logger { return slog.New(&handler{log: l}) }

// Access writes the line of a connection that has ended, if there is an access
// log.
func (l *Log) Access(s *pop3.Summary) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.access == nil {
		return
	}
	if _, err := io.WriteString(l.access, accessLine(s)); err != nil {
		r := slog.NewRecord(s.End, slog.LevelError, "access log", 0)
		r.AddAttrs(slog.Any("error", err))
		l.write(&r, appendRecord(nil, &r, nil))
	}
}

// write gives a line to all sinks; the caller holds the lock.
func (l *Log) write(r *slog.Record, line []byte) {
	for _, s := range l.sinks {
		s.write(r, string(line))
	}
}
