package main

import (
	"errors"
	"log/slog"
	"net"

	"tpops/pkg/exit"
	"tpops/pkg/listen"
	"tpops/pkg/pop3"
	"tpops/pkg/sd"
	"tpops/pkg/workers"
)

// serveStdin serves one session on standard input, as inetd starts it.
func (p *program) serveStdin() int { return p.serveOne(listen.Stdin) }

// servePassed serves the one connection that systemd passed (Accept=yes).
func (p *program) servePassed(connected []sd.Socket) int {
	return p.serveOne(func() (net.Conn, pop3.Port, error) { return listen.PassedConn(connected) })
}

// serveOne serves one session on the connection that open returns, and returns the
// exit code. After login the process becomes the mailbox's owner, with no way back.
func (p *program) serveOne(open func() (net.Conn, pop3.Port, error)) int {
	if err := p.openLog(); err != nil {
		return exit.Fail(exit.System, err)
	}
	defer p.logs.Close()
	conn, port, err := open()
	if errors.Is(err, sd.ErrNotConnected) {
		return 0 // The client has gone already, which is not an error here.
	}
	if err != nil {
		return p.fatal(exit.System, err)
	}
	defer p.closePAM()
	p.single = true
	backend, err := p.openAs()
	if err != nil {
		return p.fatal(exit.Config, err)
	}
	if port.TLS && backend.TLS == nil {
		p.logger.Error("TLS not configured", slog.String("address", "standard input"))
	}
	rights := p.rights()
	rights.BecomeOwnerAfterLogin(backend)
	if err := errors.Join(p.hook.Start(), rights.ConfineLogin()); err != nil {
		return p.fatal(exit.System, err)
	}
	err = workers.ServeOne(workers.Single{
		Config: p.config, Log: p.logger, Ended: p.logs.Access, Backend: backend, Ready: p.notifier.Ready, Signals: p.signals,
	}, conn, port)
	if err != nil {
		return p.fatal(exit.System, err)
	}
	// The client has gone. A service manager may kill what is left of this process,
	// so it stays for as long as the program of login-hook may run.
	p.hook.Close(p.config.Hook.Timeout + hookPatience)
	return 0
}
