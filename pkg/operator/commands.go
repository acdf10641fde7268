// Package operator has the commands of the control socket: what a running daemon answers
// to tpopsctl.
//
// Each command has a file of its own with its Run function, the type of its arguments
// and the type of its rows, which tpopsctl uses too. To add a command, add a row to the
// table in Commands.
package operator

import (
	"context"
	"iter"
	"log/slog"

	"tpops/pkg/control"
	"tpops/pkg/guard"
	"tpops/pkg/metrics"
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
	// Guard returns the guard with the limits that apply now, nil if there is none.
	Guard func() *guard.Guard
	// Ask has a process that serves sessions answer an encoded logincheck.Question with
	// an encoded logincheck.Report. See workers.Model.Ask.
	Ask func(ctx context.Context, question []byte) ([]byte, error)
	// Trace begins a trace of sessions, which is closed by the command.
	Trace func(trace.Filter) *trace.Trace
	// Figures are what the processes have counted and measured.
	Figures *metrics.Recent
	// Gauges returns the figures of the present moment.
	Gauges func() []metrics.Gauge
	Log    *slog.Logger

	checks chan struct{} // has an element for each check that runs
}

// Commands returns the table of commands.
func Commands(e Environment) []control.Command {
	e.checks = make(chan struct{}, maxChecks)
	return []control.Command{
		{Name: "sessions", Run: e.sessions},
		{Name: "kick", Run: e.kick},
		{Name: "top", Run: (&sampler{sessions: e.Sessions}).top},
		{Name: "check", Run: e.check},
		{Name: "stats", Run: e.stats},
		{Name: "trace", Follows: true, Run: e.trace},
		{Name: "ban-list", Run: e.listBans},
		{Name: "ban-add", Run: e.addBan},
		{Name: "ban-lift", Run: e.liftBan},
		{Name: "ban-show", Run: e.showBan},
	}
}
