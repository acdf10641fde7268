// Package operator has the commands of the control socket: what a running daemon answers
// to tpopsctl.
//
// Each command has a file of its own with its Run function, the type of its arguments
// and the type of its rows, which tpopsctl uses too. To add a command, add a row to the
// table in Commands.
package operator

import (
	"iter"
	"log/slog"

	"tpops/pkg/control"
	"tpops/pkg/metrics"
	"tpops/pkg/pop3"
)

// Environment is what the commands use of the daemon. Its functions may be called by
// several goroutines.
type Environment struct {
	// Sessions returns the present sessions of all processes of the daemon.
	Sessions func() iter.Seq[pop3.SessionInfo]
	// Kick ends sessions, and returns what was known of them. See pop3.Server.Kick.
	Kick func(selects func(*pop3.SessionInfo) bool) []pop3.SessionInfo
	// Figures are what the processes have counted and measured.
	Figures *metrics.Recent
	// Gauges returns the figures of the present moment.
	Gauges func() []metrics.Gauge
	Log    *slog.Logger
}

// Commands returns the table of commands.
func Commands(e Environment) []control.Command {
	return []control.Command{
		{Name: "sessions", Run: e.sessions},
		{Name: "kick", Run: e.kick},
		{Name: "stats", Run: e.stats},
	}
}
