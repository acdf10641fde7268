package main

import (
	"errors"
	"log/slog"
	"os"
	"time"

	"tpops/pkg/daemonize"
	"tpops/pkg/exit"
	"tpops/pkg/handover"
	"tpops/pkg/listen"
	"tpops/pkg/logs"
	"tpops/pkg/metrics"
	"tpops/pkg/sd"
	"tpops/pkg/usage"
	"tpops/pkg/workers"
)

// hookWait is how long the end of the daemon waits for programs of login-hook that are
// running: the next daemon must not wait for them.
const hookWait = time.Second

// serve serves until a signal ends the daemon, and returns the exit code.
func (s *startup) serve() int {
	l, err := logs.Open(s.config)
	if err != nil {
		return exit.Fail(exit.System, err)
	}
	defer l.Close()
	recorder := s.openUsage(l.Logger)
	defer recorder.Close()
	code, err := s.serveLogged(l, recorder)
	if err != nil {
		return l.Fatal(s.notifier, code, err)
	}
	return code
}

// serveLogged is serve with a log. An error that keeps the daemon from serving, or ends
// it, has its exit code.
func (s *startup) serveLogged(l *logs.Logs, recorder *usage.Recorder) (code int, err error) {
	listeners, err := listen.Open(s.config, s.sockets, l.Logger)
	if errors.Is(err, os.ErrPermission) {
		return exit.Rights, err // The unit does not restart after this code.
	}
	if err != nil {
		return exit.System, err
	}
	admin, err := s.openControl(l.Logger)
	if err != nil {
		return exit.System, err
	}
	defer admin.close()
	file, err := daemonize.WritePIDFile(s.config.Run.PIDFile)
	if err != nil {
		return exit.System, err
	}
	defer file.Remove()
	e, err := s.environment(l, recorder)
	if err != nil {
		return exit.System, err
	}
	d := &daemon{startup: s, admin: admin, pidFile: file.Remove, guard: e.Guard, log: l.Logger, service: e.Service, elders: e.Elders}
	e.Leave = d.leave
	model, r := s.newModel(*e, l, listen.Addresses(listeners))
	defer r.pam.Close()
	if err := model.Open(listeners); err != nil {
		return codeOf(err), err
	}
	r.pam.Confine()
	defer func() { r.hook.Close(hookWait) }()
	if err := s.reportReady(listeners, r, l.Logger); err != nil {
		return exit.System, err
	}
	d.resources, d.model, d.recent = r, model, metrics.NewRecent(e.Metrics, time.Now())
	d.begun = time.Now()
	d.noteExpiry()
	admin.serve(d)
	return d.run()
}

// environment returns the environment of process models, with what the daemon before has
// left.
func (s *startup) environment(l *logs.Logs, r *usage.Recorder) (*workers.Environment, error) {
	stored := listen.OfKind(s.sockets, sd.Stored)
	service := handover.NewService(s.notifier, os.Getenv, l.Logger)
	memory, err := service.ReceiveGuard(stored, s.config.Processes.MaxServers)
	if err != nil {
		return nil, err
	}
	figures, err := service.ReceiveFigures(stored)
	if err != nil {
		return nil, err
	}
	l.SetMeter(figures)
	return &workers.Environment{
		Config: s.config, Log: l.Logger, Ended: recorded(l, r.Ended), Used: r.Encoded, Guard: memory, Metrics: figures, Notifier: s.notifier,
		Service: service, Stored: stored, ReopenLogs: l.Reopen, Elders: service.Predecessors(stored),
	}, nil
}

// codeOf returns the exit code for an error of a process model.
func codeOf(err error) int {
	var configuration *workers.ConfigError
	if errors.As(err, &configuration) {
		return exit.Config
	}
	return exit.System
}

// reportReady reports to the log, to systemd, and to the process that started the
// daemon in the background, that the daemon serves.
func (s *startup) reportReady(listeners []workers.Listener, r *resources, log *slog.Logger) error {
	for _, l := range listeners {
		if l.Port.TLS && r.certificates == nil {
			// A session sends nothing where a client expects TLS. A reload may set
			// certificates.
			log.Error("TLS not configured", slog.String("address", l.Addr().String()))
		}
		log.Info("listening", slog.String("address", l.Addr().String()), slog.String("version", version))
	}
	return errors.Join(daemonize.Ready(), s.notifier.Ready())
}
