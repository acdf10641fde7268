package main

import (
	"context"
	"errors"
	"log/slog"
	"net"
	"os"
	"os/signal"
	"syscall"
	"time"

	"tpops/pkg/auth"
	"tpops/pkg/config"
	"tpops/pkg/eventlog"
	"tpops/pkg/osuser"
	"tpops/pkg/pop3"
)

// program is one run of the daemon.
type program struct {
	source   config.Source
	config   *config.Config
	verifier *auth.Verifier
	log      *eventlog.Log
	logger   *slog.Logger
	server   *pop3.Server
}

// serve listens on the port and serves until a signal ends it: SIGTERM when
// the sessions have ended by themselves, SIGINT at once.
func (p *program) serve() int {
	signals := make(chan os.Signal, 8)
	signal.Notify(signals, syscall.SIGTERM, syscall.SIGINT, syscall.SIGHUP)
	if err := p.openLog(); err != nil {
		return fail(exitSystem, err)
	}
	defer p.log.Close()
	listener, err := net.Listen("tcp", p.config.Port)
	if err != nil {
		return p.fatal(exitSystem, err)
	}
	removePIDFile, err := writePIDFile(p.config.PIDFile)
	if err != nil {
		return p.fatal(exitSystem, err)
	}
	defer removePIDFile()
	if err := p.become(); err != nil {
		return p.fatal(exitSystem, err)
	}
	backend, err := p.newBackend(p.config)
	if err != nil {
		return p.fatal(exitConfig, err)
	}
	p.server = pop3.NewServer(backend, p.config.MaxServers, p.logger, p.log.Access)
	p.logger.Info("listening", slog.String("address", listener.Addr().String()), slog.String("version", version))
	if err := reportReady(); err != nil {
		return p.fatal(exitSystem, err)
	}
	return p.wait(listener, signals)
}

// fatal reports an error that keeps the daemon from starting.
func (p *program) fatal(code int, err error) int {
	p.logger.Error("cannot start", slog.Any("error", err))
	if p.config.Foreground {
		return code
	}
	return fail(code, err)
}

// become takes on the ids of the parameters user and group.
func (p *program) become() error {
	owner, err := osuser.Lookup(p.config.User, p.config.Group)
	if err != nil {
		return err
	}
	return osuser.Become(owner)
}

// wait serves the listener and obeys signals.
func (p *program) wait(listener net.Listener, signals <-chan os.Signal) int {
	served := make(chan error, 1)
	go func() { served <- p.server.Serve(listener) }()
	stopped := make(chan struct{}, 2) // one place for each signal that ends the daemon
	for {
		select {
		case s := <-signals:
			p.obey(s, stopped)
		case <-stopped:
			p.logger.Info("stopped")
			return 0
		case err := <-served:
			if !errors.Is(err, pop3.ErrServerClosed) {
				return p.fatal(exitSystem, err)
			}
			served = nil // Sessions at work go on.
		}
	}
}

// obey carries out a signal. stopped is told when nothing is left to do.
func (p *program) obey(s os.Signal, stopped chan<- struct{}) {
	p.logger.Info("signal", slog.String("name", s.String()))
	switch s {
	case syscall.SIGHUP:
		p.reload()
	case syscall.SIGTERM:
		go func() {
			_ = p.server.Shutdown(context.Background()) // Its only error is that of the context.
			notify(stopped)
		}()
	case syscall.SIGINT:
		time.AfterFunc(patience, func() { notify(stopped) })
		go func() {
			p.server.Close()
			notify(stopped)
		}()
	}
}

// patience is how long SIGINT waits for sessions to give back what they hold.
// One that hangs in a file system would keep the daemon for ever.
const patience = 5 * time.Second

func notify(c chan<- struct{}) {
	select {
	case c <- struct{}{}:
	default:
	}
}
