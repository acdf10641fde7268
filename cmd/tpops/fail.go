package main

import (
	"fmt"
	"log/slog"
	"os"

	"golang.org/x/sys/unix"

	"tpops/pkg/eventlog"
	"tpops/pkg/sd"
)

// fail reports an error, which may have several lines, and returns the code.
// Where standard error is the client's connection, as with inetd, the error
// goes to the system log.
func fail(code int, err error) int {
	if sd.IsJournal(os.Stderr, os.Getenv("JOURNAL_STREAM")) && failInJournal(err) {
		return code
	}
	if !stderrIsClient() {
		fmt.Fprintf(os.Stderr, "tpops: %v\n", err)
		return code
	}
	log, logErr := eventlog.Open(eventlog.Config{Syslog: "mail"})
	if logErr != nil {
		return code
	}
	defer log.Close()
	log.Logger().Error("fatal error", slog.Any("error", err))
	return code
}

// failInJournal logs the error as an event of the journal, reports it to
// systemd for the status of the unit, and returns whether it is logged. It is
// for errors before the daemon has opened its own log.
func failInJournal(err error) bool {
	log, logErr := eventlog.Open(eventlog.Config{Journal: sd.JournalSocket, Stderr: os.Stderr})
	if logErr != nil {
		return false
	}
	defer log.Close()
	log.Logger().Error("fatal error", slog.Any("error", err))
	if notifier, notifyErr := sd.NewNotifier(); notifyErr == nil {
		_ = notifier.Failed(err) // The log has it already.
	}
	return true
}

// stderrIsClient reports whether standard input and standard error are the
// same socket.
func stderrIsClient() bool {
	var in, err unix.Stat_t
	if unix.Fstat(0, &in) != nil || unix.Fstat(2, &err) != nil {
		return false
	}
	return in.Mode&unix.S_IFMT == unix.S_IFSOCK && in.Dev == err.Dev && in.Ino == err.Ino
}
