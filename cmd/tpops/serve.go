package main

import (
	"errors"
	"log/slog"
	"os"
	"sync"

	"tpops/pkg/config"
	"tpops/pkg/daemonize"
	"tpops/pkg/exit"
	"tpops/pkg/handover"
	"tpops/pkg/identity"
	"tpops/pkg/listen"
	"tpops/pkg/logs"
	"tpops/pkg/osuser"
	"tpops/pkg/pop3"
	"tpops/pkg/sd"
	"tpops/pkg/workers"
)

// serve serves until a signal ends the daemon, and returns the exit code.
func (p *program) serve() int {
	if err := p.openLog(); err != nil {
		return exit.Fail(exit.System, err)
	}
	defer p.logs.Close()
	listeners, err := listen.Open(p.config, p.sockets, p.logger)
	if errors.Is(err, os.ErrPermission) {
		return p.fatal(exit.Rights, err) // The unit does not restart after this code.
	}
	if err != nil {
		return p.fatal(exit.System, err)
	}
	p.listening = listen.Addresses(listeners)
	file, err := daemonize.WritePIDFile(p.config.Run.PIDFile)
	if err != nil {
		return p.fatal(exit.System, err)
	}
	defer file.Remove()
	defer p.closePAM()
	service := handover.NewService(p.notifier, os.Getenv, p.logger)
	if p.guard, err = service.ReceiveGuard(listen.OfKind(p.sockets, sd.Stored), p.config.Processes.MaxServers); err != nil {
		return p.fatal(exit.System, err)
	}
	d := &daemon{program: p, model: p.newModel(service), signals: p.signals}
	if err := d.model.Open(listeners); err != nil {
		return p.fatal(codeOf(err), err)
	}
	p.confined = true
	defer func() { p.hook.Close(hookPatience) }()
	if err := p.ready(listeners); err != nil {
		return p.fatal(exit.System, err)
	}
	return d.run()
}

// codeOf returns the exit code for an error of a process model.
func codeOf(err error) int {
	var configuration *workers.ConfigError
	if errors.As(err, &configuration) {
		return exit.Config
	}
	return exit.System
}

// newModel returns the process model that parallel-type selects.
func (p *program) newModel(service *handover.Service) workers.Model {
	e := workers.Environment{
		Config: p.config, Log: p.logger, Ended: p.logs.Access, Guard: p.guard,
		Notifier: p.notifier, Service: service, Stored: listen.OfKind(p.sockets, sd.Stored),
	}
	switch p.config.Processes.ParallelType {
	case "fork":
		return workers.NewFork(p.parent(e))
	case "prefork":
		return workers.NewPrefork(p.parent(e))
	}
	return workers.NewThread(workers.Thread{
		Environment: e, Open: p.openThread, Reload: p.reloadThread,
		OpenMaildir: p.maildirOpener(p.config), Resume: p.resumeMailbox,
	})
}

// openThread opens what the sessions of parallel-type thread need, and confines the
// process.
func (p *program) openThread() (*pop3.Backend, error) {
	backend, err := p.openAs()
	if err != nil {
		return nil, &workers.ConfigError{Err: err}
	}
	return backend, errors.Join(p.hook.Start(), p.rights().Confine(true))
}

// reloadThread opens what later sessions need. After an error nothing has changed.
func (p *program) reloadThread(next *config.Config) (*pop3.Backend, error) {
	running := p.certificates
	backend, err := p.newBackend(next)
	if err != nil {
		return nil, err
	}
	if err := p.logs.Reopen(next); err != nil {
		backend.Release()
		p.certificates = running
		return nil, err
	}
	return backend, nil
}

// parent returns what the parent of prefork and fork needs.
func (p *program) parent(e workers.Environment) workers.Parent {
	warn := sync.OnceFunc(p.warn)
	return workers.Parent{
		Environment: e, Listening: p.listening, StartHook: p.startHook, RestoreLogs: logs.Restore,
		Prepare: func(c *config.Config) error {
			defer warn()
			return p.prepareParent(c)
		},
		Secrets: func() ([]byte, *os.File) {
			p.prepareVerifier()
			return p.verifier.Salts(), p.seen
		},
	}
}

// prepareParent opens the log files of the parameters c, so that children can write
// to them too, and the certificates, to warn of those that expire.
func (p *program) prepareParent(c *config.Config) error {
	if err := logs.Create(c); err != nil {
		return err
	}
	certificates, err := p.openCertificates(c)
	if err != nil {
		return err
	}
	if err := p.logs.Reopen(c); err != nil {
		return err
	}
	p.certificates = certificates
	return nil
}

// openAs takes the ids of the parameters user and group, and then opens with them
// what sessions need: a reload could not open what they cannot open.
func (p *program) openAs() (*pop3.Backend, error) {
	if err := logs.Create(p.config); err != nil {
		return nil, err
	}
	owner, err := identity.Of(p.config)
	if err != nil {
		return nil, err
	}
	if err := osuser.Become(owner); err != nil {
		return nil, err
	}
	if owner != nil {
		if err := p.readAs(owner); err != nil {
			return nil, err
		}
	}
	if err := p.logs.Reopen(p.config); err != nil {
		return nil, err
	}
	p.warn()
	if p.hook, err = p.newHook(); err != nil {
		return nil, err
	}
	return p.newBackend(p.config)
}

// fatal reports an error that keeps the daemon from starting.
func (p *program) fatal(code int, err error) int { return p.logs.Fatal(p.notifier, code, err) }

// ready reports that the daemon serves.
func (p *program) ready(listeners []workers.Listener) error {
	for _, l := range listeners {
		if l.Port.TLS && p.certificates == nil {
			// A session sends nothing where a client expects TLS. A reload may change
			// that.
			p.logger.Error("TLS not configured", slog.String("address", l.Addr().String()))
		}
		p.logger.Info("listening", slog.String("address", l.Addr().String()), slog.String("version", version))
	}
	return errors.Join(daemonize.Ready(), p.notifier.Ready())
}
