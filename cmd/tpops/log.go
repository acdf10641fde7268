package main

import (
	"log/slog"
	"os"

	"tpops/pkg/config"
	"tpops/pkg/eventlog"
	"tpops/pkg/sd"
)

// openLog opens the logs that the configuration asks for.
func (p *program) openLog() error {
	if sd.IsJournal(os.Stderr, os.Getenv("JOURNAL_STREAM")) {
		p.journal = sd.JournalSocket
	}
	var err error
	p.log, err = eventlog.Open(p.logConfig(p.config))
	if err != nil {
		return err
	}
	p.logger = p.log.Logger()
	slog.SetDefault(p.logger) // osuser tells of a thread that it lost
	return nil
}

func (p *program) logConfig(c *config.Config) eventlog.Config {
	log := eventlog.Config{
		Journal: p.journal, Syslog: c.Syslog, ErrorLog: c.ErrorLog, AccessLog: c.AccessLog, Debug: c.Debug,
	}
	if c.Foreground || p.journal != "" {
		log.Stderr = os.Stderr
	}
	return log
}
