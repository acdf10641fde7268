package main

import (
	"errors"
	"log/slog"
	"net"

	"tpops/pkg/control"
	"tpops/pkg/listen"
	"tpops/pkg/operator"
	"tpops/pkg/workers"
)

// admin is the control socket and its server.
type admin struct {
	listener net.Listener // nil without a control socket
	admins   int
	kind     string
	log      *slog.Logger
	server   *control.Server // nil before serve
}

// openControl opens the control socket, before the process gives up its rights.
func (s *startup) openControl(log *slog.Logger) (*admin, error) {
	admins, err := control.Admins()
	if err != nil {
		log.Warn("control socket limited", slog.String("file", s.config.Run.Control), slog.Any("error", err))
	}
	l, err := listen.Control(s.config, s.sockets, admins, log)
	return &admin{listener: l, admins: admins, kind: s.config.Processes.ParallelType, log: log}, err
}

// serve answers requests in the background.
func (a *admin) serve(model workers.Model) {
	if a.listener == nil {
		return
	}
	a.server = control.NewServer(control.Options{
		Version: version, Type: a.kind, Admins: a.admins, Log: a.log,
		Commands: operator.Commands(operator.Environment{Sessions: model.Sessions, Kick: model.Kick, Trace: model.Trace, Log: a.log}),
	})
	go a.server.Serve(a.listener)
}

// close ends all requests and closes the socket. Its path stays until the next daemon
// replaces it or systemd removes the directory.
func (a *admin) close() {
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
