package main

import (
	"fmt"
	"log/slog"
	"os"

	"tpops/pkg/config"
	"tpops/pkg/confine"
	"tpops/pkg/eventlog"
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

func (p *program) logConfig(c *config.Config) eventlog.Config {
	log := eventlog.Config{
		Journal: p.journal, Syslog: c.Log.Syslog, ErrorLog: c.Log.Errors, AccessLog: c.Log.Access, Debug: c.Run.Debug,
	}
	if c.Run.Foreground || p.journal != "" {
		log.Stderr = os.Stderr
	}
	return log
}

// noCoreDumps keeps passwords and mail out of core files.
func noCoreDumps() {
	if err := confine.NoCoreDumps(); err != nil {
		fmt.Fprintln(os.Stderr, "tpops:", err)
	}
}
