package main

import (
	"errors"
	"log/slog"
	"net"
	"sync/atomic"

	"tpops/pkg/backend"
	"tpops/pkg/config"
	"tpops/pkg/control"
	"tpops/pkg/guard"
	"tpops/pkg/listen"
	"tpops/pkg/operator"
)

// admin is the control socket and its server, and that of the metrics.
type admin struct {
	listener net.Listener // nil without a control socket
	admins   int
	kind     string
	log      *slog.Logger
	server   *control.Server // nil before serve
	guard    atomic.Pointer[guard.Guard]
	metrics  exporter
}

// enforce sets the limits that commands report and obey, at startup and after a reload.
func (a *admin) enforce(memory *guard.Memory, c *config.Config) {
	a.guard.Store(memory.With(backend.Limits(c)))
}

// openControl opens the control socket, before the process gives up its rights.
func (s *startup) openControl(log *slog.Logger) (*admin, error) {
	admins, err := control.Admins()
	if err != nil {
		log.Warn("control socket limited", slog.String("file", s.config.Run.Control), slog.Any("error", err))
	}
	a := &admin{admins: admins, kind: s.config.Processes.ParallelType, log: log}
	if a.listener, err = listen.Control(s.config, s.sockets, admins, log); err != nil {
		return nil, err
	}
	if a.metrics.listener, err = listen.Metrics(s.config, s.sockets, admins, log); err != nil {
		a.close()
		return nil, err
	}
	return a, nil
}

// serve answers requests in the background.
func (a *admin) serve(d *daemon) {
	a.enforce(d.guard, d.config)
	a.metrics.serve(d)
	if a.listener == nil {
		return
	}
	all := d.elders.With(d.model)
	a.server = control.NewServer(control.Options{
		Version: version, Type: a.kind, Admins: a.admins, Log: a.log,
		Commands: operator.Commands(operator.Environment{
			Sessions: all.Sessions, Kick: all.Kick, Ask: d.model.Ask, Trace: d.model.Trace,
			Guard: a.guard.Load, Figures: d.recent, Gauges: d.gauges, Log: a.log,
		}),
	})
	go a.server.Serve(a.listener)
}

// close ends all requests and closes the socket. Its path stays until the next daemon
// replaces it or systemd removes the directory.
func (a *admin) close() {
	a.metrics.close()
	if a.listener == nil {
		return
	}
	if a.server != nil {
		a.server.Close()
	}
	if err := a.listener.Close(); err != nil && !errors.Is(err, net.ErrClosed) {
		a.log.Warn("control socket limited", slog.String("file", a.listener.Addr().String()), slog.Any("error", err))
	}
}
