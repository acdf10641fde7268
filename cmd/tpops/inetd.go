package main

import (
	"context"
	"errors"
	"log/slog"
	"net"
	"syscall"

	"tpops/pkg/children"
	"tpops/pkg/daemonize"
	"tpops/pkg/pop3"
	"tpops/pkg/sd"
)

// serveStdin serves one session on standard input, as inetd starts it.
func (p *program) serveStdin() int {
	return p.serveOne(stdinConn)
}

// servePassed serves the one connection that systemd passed as a descriptor of
// its own (Accept=yes).
func (p *program) servePassed(connected []sd.Socket) int {
	return p.serveOne(func() (net.Conn, pop3.Port, error) {
		if len(connected) > 1 {
			return nil, pop3.Port{}, errors.New("systemd passed more than one connection")
		}
		conn, err := connected[0].Conn()
		return conn, portOf(&connected[0]), err
	})
}

// serveOne serves one session on the connection that open returns. After login
// the process becomes the mailbox's owner for good.
func (p *program) serveOne(open func() (net.Conn, pop3.Port, error)) int {
	if err := p.openLog(); err != nil {
		return fail(exitSystem, err)
	}
	defer p.closeLog()
	conn, port, err := open()
	if errors.Is(err, sd.ErrNotConnected) {
		return 0 // The client has gone already, which is no fault of anyone here.
	}
	if err != nil {
		return p.fatal(exitSystem, err)
	}
	defer p.closePAM()
	p.single = true
	backend, err := p.settle()
	if err != nil {
		return p.fatal(exitConfig, err)
	}
	if port.TLS && backend.TLS == nil {
		p.logger.Error("TLS is not configured", slog.String("address", "standard input"))
	}
	p.separateAfterLogin(backend)
	if err := errors.Join(p.hook.Start(), p.confineLogin()); err != nil {
		return p.fatal(exitSystem, err)
	}
	p.server = pop3.NewServer(backend, 1, p.logger, p.log.Access)
	limit, err := children.NewDeadline()
	if err := errors.Join(err, p.notifier.Ready()); err != nil {
		return p.fatal(exitSystem, err)
	}
	p.limitSession(limit)
	served := make(chan error, 1)
	go func() { served <- p.server.ServeConn(conn, port, nil) }()
	p.waitOne(served)
	p.server.Close()
	_ = limit.Set(0) // It has no error for a timer that exists.
	// The client has gone. A service manager may end what is left of this
	// process, so it stays for as long as the program of login-hook may.
	p.hook.Close(p.config.Hook.Timeout + hookPatience)
	return 0
}

// waitOne returns when the session has ended: by itself, by SIGTERM when its
// command is finished, or by SIGINT at once.
func (p *program) waitOne(served <-chan error) {
	for {
		select {
		case <-served:
			return // The log has its end.
		case s := <-p.signals:
			switch s {
			case syscall.SIGINT:
				return
			case syscall.SIGTERM:
				ctx, cancel := context.WithTimeout(context.Background(), p.config.Processes.DrainTime)
				defer cancel()
				p.server.Abandon(p.server.Suspend(ctx)...)
				return
			}
		}
	}
}

// stdinConn returns standard input as a connection, and puts the null device
// in its place: with inetd standard error is the connection too, and nothing
// but replies may go there.
func stdinConn() (net.Conn, pop3.Port, error) {
	socket, err := sd.Stdin()
	if err != nil {
		return nil, pop3.Port{}, err
	}
	if socket == nil {
		conn, err := daemonize.NewStdioConn()
		return conn, pop3.Port{}, err
	}
	if socket.Kind != sd.Connected {
		return nil, pop3.Port{}, errors.New("inetd: standard input is a listening socket; it has to be a connection")
	}
	conn, err := socket.Conn()
	if err != nil {
		return nil, pop3.Port{}, err
	}
	if err := daemonize.DetachStdio(); err != nil {
		return nil, pop3.Port{}, errors.Join(err, conn.Close())
	}
	return conn, portOf(socket), nil
}
