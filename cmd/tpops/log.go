package main

import (
	"errors"
	"log/slog"
	"os"
	"path/filepath"
	"syscall"

	"tpops/pkg/config"
	"tpops/pkg/eventlog"
	"tpops/pkg/osuser"
	"tpops/pkg/sd"
)

// openLog opens the logs that are no files. These follow when the daemon has
// the ids that it will have.
func (p *program) openLog() error {
	if sd.IsJournal(os.Stderr, os.Getenv("JOURNAL_STREAM")) {
		p.journal = sd.JournalSocket
	}
	early := p.logConfig(p.config)
	early.ErrorLog, early.AccessLog = "", ""
	var err error
	p.log, err = eventlog.Open(early)
	if err != nil {
		return err
	}
	p.logger = p.log.Logger()
	slog.SetDefault(p.logger) // osuser tells of a thread that it lost
	return nil
}

func (p *program) closeLog() {
	_ = p.log.Close() // Nobody is left to be told.
}

// createLogs makes the log files that are missing, for the user that the
// daemon becomes: the directory may be root's.
func createLogs(owner *osuser.Owner, names []string) error {
	if owner == nil {
		return nil
	}
	for _, name := range names {
		f, err := osuser.OpenFile(name, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o640)
		if errors.Is(err, os.ErrExist) {
			continue
		}
		if err != nil {
			return err
		}
		if err := errors.Join(f.Chown(owner.UID, owner.GID), f.Close()); err != nil {
			return err
		}
	}
	return nil
}

// restoreLogs makes log files anew that have been moved away, so that children
// can open them before a reload, and if it fails, as well.
func restoreLogs(c *config.Config) error {
	var missing []string
	for _, name := range existing(c.Log.Access, c.Log.Errors) {
		if isRootsToMake(name) {
			missing = append(missing, name)
		}
	}
	if missing == nil {
		return nil
	}
	owner, err := idsOf(c)
	if err != nil {
		return err
	}
	return createLogs(owner, missing)
}

// isRootsToMake reports whether a file is missing in a directory of root's. In
// another one its owner, who could lead root elsewhere, makes it.
func isRootsToMake(name string) bool {
	if _, err := os.Lstat(name); !errors.Is(err, os.ErrNotExist) {
		return false
	}
	info, err := os.Stat(filepath.Dir(name))
	return err == nil && info.Sys().(*syscall.Stat_t).Uid == 0
}

func (p *program) logConfig(c *config.Config) eventlog.Config {
	log := eventlog.Config{
		Journal: p.journal, Syslog: c.Log.Syslog, ErrorLog: c.Log.Errors, AccessLog: c.Log.Access, Debug: c.Run.Debug,
	}
	if c.Run.Foreground || p.journal != "" {
		log.Stderr = os.Stderr
	}
	return log
}
