// Package eventlog writes down what happens: events to the journal, or as lines
// on standard error and to syslog, warnings and errors also to the error log,
// and a line for each connection to the access log. Nothing from a client
// reaches a log raw.
//
// What all events are called, and the facts that each has, is in two tables,
// see Kinds and Fields.
//
// Journal, syslog and standard error are written to by one goroutine behind a
// bounded queue. A session waits for room only with the records that it has for
// each message, and not if nothing is written at all: no other session has to
// wait or loses its records. What finds no room is counted by session, and
// logged as soon as there is room.
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

// Config says where to write. Each field may be left out.
type Config struct {
	Journal   string    // path of journald's socket: all events go there, and neither to Stderr nor to syslog
	Stderr    io.Writer // all events
	Syslog    string    // all events, with this facility; "none" is none. For the journal, the facility
	ErrorLog  string    // path of a file for warnings and errors
	AccessLog string    // path of a file for the line of each connection
	Debug     bool      // also what went over the wire
}

// errUnwritten is the error of a Close that waited in vain.
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

// settings is what Reopen may change.
type settings struct {
	level   slog.Level
	journal bool
}

// opened is what a Config asks for.
type opened struct {
	settings       settings
	outlets        []*outlet
	errors, access *os.File // nil for none
}

// Open opens all that c names. Close closes it. A journal that cannot be
// reached is as one that c does not name; that a file cannot be opened or a
// facility is unknown is an error.
func Open(c Config) (*Log, error) {
	next, err := open(c)
	if err != nil {
		return nil, err
	}
	l := &Log{writer: startWriter(next.outlets)}
	l.scratch.New = func() any { return new(scratch) }
	return l, l.use(next)
}

// Reopen opens all that c names anew and closes what was open before. Files
// that were renamed are thus made again. After an error, one that Open returns
// too, all is as before. A Log that was closed stays so: os.ErrClosed.
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

// use makes next, but for its outlets, what is used from now on.
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

// Close writes what is still in the queue and closes all. It waits 2 s for a log
// that takes nothing and 13 s for one that is slow. An error says that events
// were lost, or is that of a file. Events that come later are lost.
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

// Logger returns a logger whose records are events. It stays valid when the
// Log is opened anew.
func (l *Log) Logger() *slog.Logger { return slog.New(&handler{log: l}) }

// Access writes the line of a connection that has ended, if there is an access
// log.
func (l *Log) Access(s *pop3.Summary) {
	if err := l.access.write(accessLine(s)); err != nil {
		l.tellUnwritten(err)
	}
}

// put writes an event to the error log, if it belongs there, and leaves it in
// the queue for all else.
func (l *Log) put(ctx context.Context, r *slog.Record, s *scratch) {
	e := entry{time: r.Time, level: r.Level, kind: kindOf[r.Message], session: s.session}
	l.writer.put(ctx, e, s.line, s.fields)
	if r.Level < slog.LevelWarn || l.errors.open.Load() == nil {
		return
	}
	if err := l.errors.write(appendLine(nil, r.Time, r.Level, s.line)); err != nil && r.Message != unwritten {
		l.tellUnwritten(err)
	}
}

// unwritten is the event of a file that cannot be written to.
const unwritten = "log write failed"

func (l *Log) tellUnwritten(err error) {
	l.Logger().Error(unwritten, slog.Any("error", err))
}
