// Package logs opens the logs that the configuration names.
package logs

import (
	"log/slog"
	"os"

	"tpops/pkg/config"
	"tpops/pkg/eventlog"
	"tpops/pkg/exit"
	"tpops/pkg/identity"
	"tpops/pkg/pop3"
	"tpops/pkg/sd"
)

// Logs are the logs of this process. Goroutines may share them; one at a time calls
// Reopen.
type Logs struct {
	Logger *slog.Logger // for events

	log     *eventlog.Log
	journal string // socket of the journal, if standard error is the journal
	stderr  bool   // events go to standard error, or to the journal in its place
}

// Open opens the logs that are not files. Reopen opens the log files, when the daemon
// has the ids that it will keep. Open also makes the logger the default one of slog:
// package osuser logs there. The error is an unknown syslog facility. The caller
// closes the logs.
func Open(c *config.Config) (*Logs, error) {
	l := &Logs{}
	if sd.IsJournal(os.Stderr, os.Getenv("JOURNAL_STREAM")) {
		l.journal = sd.JournalSocket
	}
	l.stderr = c.Run.Foreground || l.journal != ""
	withoutFiles := l.outlets(c)
	withoutFiles.ErrorLog, withoutFiles.AccessLog = "", ""
	var err error
	if l.log, err = eventlog.Open(withoutFiles); err != nil {
		return nil, err
	}
	l.Logger = l.log.Logger()
	slog.SetDefault(l.Logger)
	return l, nil
}

// outlets returns where the parameters send events.
func (l *Logs) outlets(c *config.Config) eventlog.Config {
	o := eventlog.Config{
		Journal: l.journal, Syslog: c.Log.Syslog, ErrorLog: c.Log.Errors, AccessLog: c.Log.Access, Debug: c.Run.Debug,
	}
	if c.Run.Foreground || l.journal != "" {
		o.Stderr = os.Stderr
	}
	return o
}

// Reopen opens all logs that the parameters name, and closes those that were open. A
// log file that was renamed is thus created again. After an error, a file that
// cannot be opened, nothing has changed.
func (l *Logs) Reopen(c *config.Config) error { return l.log.Reopen(l.outlets(c)) }

// SetMeter has lost records counted from now on.
func (l *Logs) SetMeter(m pop3.Meter) { l.log.SetMeter(m) }

// Access writes the line of a connection that has ended, if there is an access log.
func (l *Logs) Access(s *pop3.Summary) { l.log.Access(s) }

// Close writes what is still queued, and closes the logs. It waits for a slow log,
// but not without end.
func (l *Logs) Close() {
	_ = l.log.Close() // No log is left for the error.
}

// Fatal logs the error with which the process exits, reports it to systemd unless
// the notifier is nil, and returns the code.
func (l *Logs) Fatal(notifier *sd.Notifier, code int, err error) int {
	l.Logger.Error("fatal error", slog.Any("error", err))
	_ = notifier.Failed(err) // The error is logged already.
	if l.stderr {
		return code // Standard error has it already.
	}
	return exit.Fail(code, err)
}

// logMode is the mode of log files.
const logMode = 0o640

// Create creates missing log files for the user and group of the parameters. The
// error is that of the file, or of the user.
func Create(c *config.Config) error {
	owner, err := identity.Of(c)
	if err != nil {
		return err
	}
	return eventlog.Create(owner, logMode, c.Log.Access, c.Log.Errors)
}

// Restore creates log files that have been moved away, so that child processes can
// open them before a reload, or after one that failed. Its errors are those of
// Create.
func Restore(c *config.Config) error {
	missing := eventlog.Missing(c.Log.Access, c.Log.Errors)
	if missing == nil {
		return nil
	}
	owner, err := identity.Of(c)
	if err != nil {
		return err
	}
	return eventlog.Create(owner, logMode, missing...)
}
