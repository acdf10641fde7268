package main

import (
	"errors"
	"fmt"
	"log/slog"
	"net/netip"
	"os"

	"tpops/pkg/auth"
	"tpops/pkg/certs"
	"tpops/pkg/config"
	"tpops/pkg/daemonize"
	"tpops/pkg/eventlog"
	"tpops/pkg/guard"
	"tpops/pkg/hook"
	"tpops/pkg/osuser"
	"tpops/pkg/pam"
	"tpops/pkg/pop3"
	"tpops/pkg/sd"
)

// program is one run of the daemon.
type program struct {
	source   config.Source
	config   *config.Config
	verifier *auth.Verifier
	problems []auth.Problem // of the users that were opened last
	pam      *pam.Helper    // nil unless auth-type has pam
	journal  string         // socket of the journal, if standard error is the journal
	log      *eventlog.Log
	logger   *slog.Logger
	server   *pop3.Server  // of this process's own sessions
	hook     *hook.Helper  // nil without login-hook
	guard    *guard.Memory // nil where one process serves one connection

	parallel parallel      // of a daemon
	served   chan error    // what ended the serving of a listener
	stopped  chan struct{} // told when no session is left
	child    *childhood    // nil unless this process is a child of a daemon
	single   bool          // this process is for one connection, and no child of a daemon

	listening []netip.AddrPort // where clients come in over IP

	certificates *certs.Store // of the sessions to come, nil without TLS

	notifier *sd.Notifier // nil unless systemd wants to hear
	sockets  []sd.Socket  // what systemd passed
	checking bool         // nothing but the configuration is looked at
	followed bool         // another process will go on with the sessions, even without a restart by systemd
	stopping bool         // a signal or idleness has ended the daemon already
	signals  chan os.Signal
	unwatch  func() // ends the watchdog's sessions
}

// serve serves until a signal ends it.
func (p *program) serve() int {
	if err := p.openLog(); err != nil {
		return fail(exitSystem, err)
	}
	defer p.closeLog()
	listeners, err := p.listeners()
	if errors.Is(err, os.ErrPermission) {
		return p.fatal(exitRights, err) // Trying again would not help, and the unit does not.
	}
	if err != nil {
		return p.fatal(exitSystem, err)
	}
	p.listening = addresses(listeners)
	file, err := daemonize.WritePIDFile(p.config.Run.PIDFile)
	if err != nil {
		return p.fatal(exitSystem, err)
	}
	defer file.Remove()
	defer p.closePAM()
	if err := p.openGuard(); err != nil {
		return p.fatal(exitSystem, err)
	}
	p.parallel = p.newParallel()
	if code, err := p.parallel.open(listeners); err != nil {
		return p.fatal(code, err)
	}
	defer func() { p.hook.Close(hookPatience) }()
	if err := p.ready(listeners); err != nil {
		return p.fatal(exitSystem, err)
	}
	return p.wait()
}

// settle takes on the ids of the parameters user and group, and then opens
// with them all that is needed: what they cannot open, a reload could not
// either.
func (p *program) settle() (*pop3.Backend, error) {
	owner, err := idsOf(p.config)
	if err != nil {
		return nil, err
	}
	if err := createLogs(owner, existing(p.config.Log.Access, p.config.Log.Errors)); err != nil {
		return nil, err
	}
	if err := osuser.Become(owner); err != nil {
		return nil, err
	}
	if owner != nil {
		if _, err := config.Load(p.source); err != nil {
			return nil, fmt.Errorf("as user %d: %w", owner.UID, err)
		}
	}
	if err := p.log.Reopen(p.logConfig(p.config)); err != nil {
		return nil, err
	}
	p.warn()
	if p.hook, err = p.newHook(); err != nil {
		return nil, err
	}
	return p.newBackend(p.config)
}

// fatal reports an error that keeps the daemon from starting.
func (p *program) fatal(code int, err error) int {
	p.logger.Error("cannot start", slog.Any("error", err))
	_ = p.notifier.Failed(err) // The log has it already.
	if p.config.Run.Foreground || p.journal != "" {
		return code // Standard error has it already.
	}
	return fail(code, err)
}

// ready tells whoever started the daemon that it serves.
func (p *program) ready(listeners []listener) error {
	for _, l := range listeners {
		if l.port.TLS && p.certificates == nil {
			// A session says nothing there, where a client expects TLS. A reload
			// may change that.
			p.logger.Error("TLS is not configured", slog.String("address", l.Addr().String()))
		}
		p.logger.Info("listening", slog.String("address", l.Addr().String()), slog.String("version", version))
	}
	return errors.Join(daemonize.Ready(), p.notifier.Ready())
}
