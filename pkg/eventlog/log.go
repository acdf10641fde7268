// Package eventlog writes the logs: events to the journal, or as lines to standard error
// and syslog; warnings and errors also to the error log; and a line for each connection
// to the access log. Text from a client is always escaped.
//
// The names and fields of all events are declared in two tables, see Kinds and Fields.
//
// One goroutine with a queue of limited size writes to the journal, syslog and standard
// error. If the queue is full, records for each message wait a little and are then
// dropped; the records of logins and of the ends of sessions replace them, and wait longer
// if there are none. No record waits for a log that makes no progress for some time.
// Records for which there is no room are counted by session. The numbers are logged as
// soon as there is room, and with the end of each session.
package eventlog

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"log/syslog"
	"os"
	"sync"
	"sync/atomic"

	"tpops/pkg/pop3"
)

// Config selects where to write. Each field may be unset.
type Config struct {
	Journal   string    // path of journald's socket: all events go there instead of Stderr and syslog
	Stderr    io.Writer // all events
	Syslog    string    // all events, with this facility; "none": no syslog. Also the facility in the journal
	ErrorLog  string    // path of a file for warnings and errors
	AccessLog string    // path of a file for the line of each connection
	Debug     bool      // also commands and replies
}

// errUnwritten is the error of a Close that timed out.
var errUnwritten = errors.New("eventlog: not all events could be written")

// Log writes events and the access log. Goroutines may share it.
type Log struct {
	mu       sync.Mutex // held by Reopen and Close
	closed   bool
	settings atomic.Pointer[settings]
	writer   *writer
	errors   file
	access   file
	scratch  sync.Pool // of *scratch
}

// settings has the part that Reopen may change.
type settings struct {
	level   slog.Level
	journal bool
}

// opened is the result of opening a Config.
type opened struct {
	settings       settings
	outlets        []*outlet
	errors, access *lineFile // nil: not configured
}

// Open opens the logs of c. Close closes them. If the journal cannot be reached, it is
// ignored as if c had none. The error is why a file cannot be opened, or that a facility
// is unknown.
func Open(c Config) (*Log, error) {
	next, err := open(c)
	if err != nil {
		return nil, err
	}
	l := &Log{writer: startWriter(next.outlets)}
	l.scratch.New = func() any { return new(scratch) }
	return l, l.use(next)
}

// Reopen opens the logs of c and closes the old ones, so that renamed files are created
// again. After an error, which is one of Open, the old logs stay open. After Close it
// returns os.ErrClosed.
func (l *Log) Reopen(c Config) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.closed {
		return fmt.Errorf("eventlog: %w", os.ErrClosed)
	}
	next, err := open(c)
	if err != nil {
		return err
	}
	l.writer.replace(next.outlets)
	return l.use(next)
}

// SetMeter has lost records counted from now on.
func (l *Log) SetMeter(m pop3.Meter) { l.writer.meter.Store(&m) }

// use switches to next, except for its outlets.
func (l *Log) use(next *opened) error {
	l.settings.Store(&next.settings)
	return errors.Join(l.errors.replace(next.errors), l.access.replace(next.access))
}

func open(c Config) (*opened, error) {
	facility, err := parseFacility(c.Syslog)
	if err != nil {
		return nil, err
	}
	o := &opened{settings: settings{level: slog.LevelInfo}}
	if c.Debug {
		o.settings.level = slog.LevelDebug
	}
	if o.errors, err = openFile(c.ErrorLog); err != nil {
		return nil, fmt.Errorf("error-log: %w", err)
	}
	if o.access, err = openFile(c.AccessLog); err != nil {
		if o.errors != nil {
			err = errors.Join(err, o.errors.Close())
		}
		return nil, fmt.Errorf("access-log: %w", err)
	}
	o.addOutlets(c, facility)
	return o, nil
}

func (o *opened) addOutlets(c Config, facility syslog.Priority) {
	o.outlets = []*outlet{}
	if c.Journal != "" {
		if j, err := newJournal(c.Journal, facility); err == nil {
			o.outlets = append(o.outlets, &outlet{name: "journal", sink: j})
			o.settings.journal = true
			return
		}
	}
	if c.Stderr != nil {
		o.outlets = append(o.outlets, &outlet{name: "stderr", sink: &stream{to: c.Stderr}})
	}
	if facility != noFacility {
		o.outlets = append(o.outlets, &outlet{name: "syslog", sink: &systemLog{facility: facility}})
	}
}

// Close writes the records in the queue and closes the logs. It waits 2 s without
// progress, longer for logins and ends of sessions, and at most 13 s. The error is that
// events were lost, or that of a file. Later events are lost.
func (l *Log) Close() error {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.closed = true
	err := errors.Join(l.errors.replace(nil), l.access.replace(nil))
	if !l.writer.finish() {
		err = errors.Join(err, errUnwritten)
	}
	return err
}

// Logger returns a logger whose records are events. It stays valid after Reopen.
func (l *Log) Logger() *slog.Logger { return slog.New(&handler{log: l}) }

// Access writes the line of a connection that has ended, if there is an access log.
func (l *Log) Access(s *pop3.Summary) {
	if l.access.open.Load() == nil {
		return
	}
	if err := l.access.write(accessLine(s)); err != nil {
		l.logUnwritten(err)
	}
}

// put writes an event to the error log, if its level is high enough, and puts it into
// the queue for the other logs.
func (l *Log) put(ctx context.Context, r *slog.Record, s *scratch) {
	e := entry{time: r.Time, level: r.Level, kind: kindOf[r.Message], session: s.session}
	l.writer.put(ctx, e, s.line, s.fields)
	if r.Level < slog.LevelWarn || l.errors.open.Load() == nil {
		return
	}
	if err := l.errors.write(appendLine(nil, r.Time, r.Level, s.line)); err != nil && r.Message != unwritten {
		l.logUnwritten(err)
	}
}

// unwritten is the event for a file that cannot be written.
const unwritten = "log write failed"

func (l *Log) logUnwritten(err error) {
	l.writer.countLost(1)
	l.Logger().Error(unwritten, slog.Any("error", err))
}
