// Package exit has the exit codes of the daemon, and reports the error with which it
// exits, also where it has not opened its logs yet.
package exit

import (
	"fmt"
	"log/slog"
	"os"

	"golang.org/x/sys/unix"

	"tpops/pkg/eventlog"
	"tpops/pkg/sd"
)

// The exit codes, those of sysexits.h.
const (
	Usage  = 64 // the command line is wrong
	System = 71 // an error of the operating system
	Rights = 77 // a right is missing; tpops.service does not restart after it
	Config = 78 // the configuration is wrong
)

// Fail reports an error, which may have several lines, and returns the code.
// Where standard error is the client's connection, as with inetd, the error
// goes to the system log.
func Fail(code int, err error) int {
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

// FailIf returns 0 for a command that has succeeded. Otherwise it reports the error
// and returns System.
func FailIf(err error) int {
	if err != nil {
		return Fail(System, err)
	}
	return 0
}

// failInJournal logs the error as an event of the journal, reports it to systemd for
// the status of the unit, and returns whether it is logged.
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

// stderrIsClient reports whether standard input and standard error are the same
// socket.
func stderrIsClient() bool { return isSameSocket(0, 2) }

func isSameSocket(a, b int) bool {
	var first, second unix.Stat_t
	if unix.Fstat(a, &first) != nil || unix.Fstat(b, &second) != nil {
		return false
	}
	return first.Mode&unix.S_IFMT == unix.S_IFSOCK && first.Dev == second.Dev && first.Ino == second.Ino
}
