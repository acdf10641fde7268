package workers

import (
	"context"
	"iter"
	"log/slog"
	"net"
	"net/netip"
	"os"
	"time"

	"tpops/pkg/config"
	"tpops/pkg/guard"
	"tpops/pkg/handover"
	"tpops/pkg/metrics"
	"tpops/pkg/pop3"
	"tpops/pkg/sd"
	"tpops/pkg/trace"
)

// Model is a way to serve connections concurrently, which parallel-type selects. One
// goroutine calls Serve. Another one calls all other methods, unless they say otherwise.
type Model interface {
	// Open opens what is needed to serve the listeners, which the model closes,
	// with the rights of the parameters user and group. An error of the
	// configuration is a ConfigError, others are those of the system.
	Open([]Listener) error
	// Serve serves connections until Stop has ended the last session. The error is
	// that of a listener that failed.
	Serve() error
	// Reload makes next the parameters of later sessions. After an error nothing
	// has changed.
	Reload(next *config.Config) error
	// Stop stops accepting connections. It returns at once, and Serve returns when
	// no session is left. It may be called again with another How.
	Stop(how How, wait time.Duration)
	// Stats returns the numbers of sessions, open mailboxes and logins. Any goroutine may
	// call it.
	Stats() pop3.Stats
	// Sessions returns the present sessions. Any goroutine may call it.
	Sessions() iter.Seq[pop3.SessionInfo]
	// Kick ends the sessions that selects accepts, and returns what was known of
	// them. Any goroutine may call it.
	Kick(selects func(*pop3.SessionInfo) bool) []pop3.SessionInfo
	// TakeOver ends the session that has a Maildir if it is abandoned. See
	// pop3.Server.TakeOver. Any goroutine may call it.
	TakeOver(maildrop string, silent time.Duration) *pop3.SessionInfo
	// ReopenLogs opens the log files again after they were renamed, in a process that accepts
	// no more connections. An error is logged. Any goroutine may call it then.
	ReopenLogs()
	// Ask has a process that could serve a session answer a question of the operator,
	// see ChildProgram.Answer and Thread.Answer. The error is that no such process can
	// be started. Any goroutine may call it.
	Ask(ctx context.Context, question []byte) ([]byte, error)
	// Trace begins a trace of the dialogues of sessions, which the caller closes. Any
	// goroutine may call it.
	Trace(trace.Filter) *trace.Trace
}

// How is how Stop ends sessions.
type How int

const (
	// WhenIdle stops only if there is no session and no accepted connection.
	// Otherwise Serve goes on, and no client notices. wait has no effect.
	WhenIdle How = iota
	// Finish waits until the clients have ended their sessions. wait has no effect.
	Finish
	// Drain finishes commands, for at most wait. If systemd is restarting the service, the
	// next process continues the sessions, or Serve returns when those have ended that only
	// this process can continue (see Environment.Leave). Otherwise they end.
	Drain
	// Replace is Drain for a daemon that will be started again even if systemd is
	// not restarting the service now. Sessions that only this process can continue end.
	Replace
	// Close closes all connections. Serve returns after wait at the latest.
	Close
)

// ConfigError is an error of the configuration.
type ConfigError struct{ Err error }

// Error returns the text of the error.
func (e *ConfigError) Error() string { return e.Err.Error() }

// Unwrap returns the error.
func (e *ConfigError) Unwrap() error { return e.Err }

// configError returns a ConfigError, nil for nil.
func configError(err error) error {
	if err == nil {
		return nil
	}
	return &ConfigError{err}
}

// Listener is a listening socket, and the properties that sessions need.
type Listener struct {
	net.Listener
	Port pop3.Port
}

// Environment is the environment of all models.
type Environment struct {
	Config   *config.Config // at startup
	Log      *slog.Logger
	Ended    func(*pop3.Summary) // gets the end of each session; see pop3.NewServer
	Used     func(string)        // gets what children report with Child.ReportUse
	Guard    *guard.Memory
	Metrics  *metrics.Memory // nil: nothing is measured
	Notifier *sd.Notifier    // nil without systemd
	Service  *handover.Service
	Stored   []sd.Socket // descriptors that systemd stored for this process

	// ReopenLogs opens the log files of this process again. After an error nothing has changed.
	ReopenLogs func(*config.Config) error
	// Elders are the earlier processes of the service that go on with sessions, or nil.
	Elders *handover.Predecessors

	// Leave takes this process out of the service, so that it can go on with so many
	// sessions while the next process serves all other clients. It returns false if that is not
	// possible. It is called at most once, by any goroutine. nil: it is never possible.
	Leave func(sessions int) bool
}

// leave is Leave, also without one.
func (e *Environment) leave(sessions int) bool { return e.Leave != nil && e.Leave(sessions) }

// meter returns what measures sessions, or nil.
func (e *Environment) meter() pop3.Meter {
	if e.Metrics == nil {
		return nil
	}
	return e.Metrics
}

// Parent is the environment of prefork and fork.
type Parent struct {
	Environment
	Listening []netip.AddrPort // the addresses at which clients arrive over IP

	// Prepare opens the log files, which this process shares with its children, and
	// the certificates, whose expiry it watches. After an error nothing has changed.
	Prepare func(*config.Config) error
	// StartHook starts the helper for login-hook, after the probe has succeeded, and
	// returns its socket, nil without a helper.
	StartHook func() (*os.File, error)
	// RestoreLogs creates log files again that were renamed.
	RestoreLogs func(*config.Config) error
	// Certificates returns the certificates and keys that this process has read last, for
	// children that find files which cannot be used; nil without any.
	Certificates func() []byte
	// Secrets returns the secret of the salts of unknown users, and the file in which
	// all processes record such users, or nil.
	Secrets func() (salts []byte, seen *os.File)
}

// newFarewell returns a server that only ends sessions.
func newFarewell(c *config.Config, log *slog.Logger, ended func(*pop3.Summary)) *pop3.Server {
	return pop3.NewServer(&pop3.Backend{
		CommandTimeout: c.Protocol.CommandTimeout, ConnectionKeepTime: c.Protocol.ConnectionKeepTime,
	}, 1, log, ended)
}
