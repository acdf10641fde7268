package main

import (
	"log/slog"

	"tpops/pkg/eventlog"
	"tpops/pkg/identity"
	"tpops/pkg/logs"
	"tpops/pkg/pop3"
	"tpops/pkg/usage"
)

// openUsage opens the file in which logins are recorded, before the process gives up its
// rights. It returns a nil Recorder without one. An error is logged: mail is served without
// the file.
func (s *startup) openUsage(log *slog.Logger) *usage.Recorder {
	name := s.config.Log.Usage
	if name == "" {
		return nil
	}
	owner, err := identity.Of(s.config)
	if err != nil {
		return nil // The process ends with this error soon.
	}
	err = eventlog.Create(owner, usage.Mode, name)
	if err != nil {
		log.Warn("usage not recorded", slog.String("file", name), slog.Any("error", err))
		return nil
	}
	r, err := usage.Open(name, log)
	if err != nil {
		log.Warn("usage not recorded", slog.String("file", name), slog.Any("error", err))
	}
	return r
}

// recorded returns a function for the end of each session, which writes the access log and
// calls record.
func recorded(l *logs.Logs, record func(*pop3.Summary)) func(*pop3.Summary) {
	return func(s *pop3.Summary) {
		l.Access(s)
		record(s)
	}
}
