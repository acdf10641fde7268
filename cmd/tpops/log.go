package main

import (
	"os"

	"tpops/pkg/config"
	"tpops/pkg/eventlog"
)

// openLog opens the logs that the configuration asks for.
func (p *program) openLog() error {
	var err error
	p.log, err = eventlog.Open(logConfig(p.config))
	if err != nil {
		return err
	}
	p.logger = p.log.Logger()
	return nil
}

func logConfig(c *config.Config) eventlog.Config {
	log := eventlog.Config{Syslog: c.Syslog, ErrorLog: c.ErrorLog, AccessLog: c.AccessLog, Debug: c.Debug}
	if c.Foreground {
		log.Stderr = os.Stderr
	}
	return log
}
