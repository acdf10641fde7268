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
	"tpops/pkg/pop3"
	"tpops/pkg/trace"
)

// Environment is what the commands use of the daemon. Its functions may be called by
// several goroutines.
type Environment struct {
	// Sessions returns the present sessions of all processes of the daemon.
	Sessions func() iter.Seq[pop3.SessionInfo]
	// Kick ends sessions, and returns what was known of them. See pop3.Server.Kick.
	Kick func(selects func(*pop3.SessionInfo) bool) []pop3.SessionInfo
	// Trace begins a trace of sessions, which is closed by the command.
	Trace func(trace.Filter) *trace.Trace
	Log   *slog.Logger
}

// Commands returns the table of commands.
func Commands(e Environment) []control.Command {
	return []control.Command{
		{Name: "sessions", Run: e.sessions},
		{Name: "kick", Run: e.kick},
		{Name: "trace", Follows: true, Run: e.trace},
	}
}
