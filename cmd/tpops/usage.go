package main

import (
	"log/slog"

	"tpops/pkg/eventlog"
	"tpops/pkg/identity"
	"tpops/pkg/logs"
	"tpops/pkg/pop3"
	"tpops/pkg/usage"
)

// openUsage opens the file in which the use of the service is recorded, before the
// process gives up its rights. It returns a nil Recorder without one. The error is that of
// the parameter usage-file, or of user and group.
func (s *startup) openUsage(log *slog.Logger) (*usage.Recorder, error) {
	owner, err := identity.Of(s.config)
	if err != nil {
		return nil, err
	}
	err = eventlog.Create(owner, s.config.Log.Usage)
	if err != nil {
		return nil, s.config.Problem("usage-file", err)
	}
	r, err := usage.Open(s.config.Log.Usage, log)
	if err != nil {
		return nil, s.config.Problem("usage-file", err)
	}
	return r, nil
}

// recorded returns a function for the end of each session, which writes the access log and
// calls record.
func recorded(l *logs.Logs, record func(*pop3.Summary)) func(*pop3.Summary) {
	return func(s *pop3.Summary) {
		l.Access(s)
		record(s)
	}
}
