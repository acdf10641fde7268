package main

import (
	"context"
	"errors"
	"net"
	"os"
	"os/signal"
	"syscall"

	"tpops/pkg/osuser"
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
	return p.serveOne(func() (net.Conn, error) {
		if len(connected) > 1 {
			return nil, errors.New("systemd passed more than one connection")
		}
		return connected[0].Conn()
	})
}

// serveOne serves one session on the connection that open returns. After login
// the process becomes the mailbox's owner for good.
func (p *program) serveOne(open func() (net.Conn, error)) int {
	if err := p.openLog(); err != nil {
		return fail(exitSystem, err)
	}
	defer p.closeLog()
	conn, err := open()
	if errors.Is(err, sd.ErrNotConnected) {
		return 0 // The client has gone already, which is no fault of anyone here.
	}
	if err != nil {
		return p.fatal(exitSystem, err)
	}
	backend, err := p.settle()
	if err != nil {
		return p.fatal(exitConfig, err)
	}
	backend.Open = forGood(backend.Open)
	p.server = pop3.NewServer(backend, 1, p.logger, p.log.Access)
	signals := make(chan os.Signal, 2)
	signal.Notify(signals, syscall.SIGINT, syscall.SIGTERM)
	if err := p.notifier.Ready(); err != nil {
		return p.fatal(exitSystem, err)
	}
	served := make(chan error, 1)
	go func() { served <- p.server.ServeConn(conn, nil) }()
	p.waitOne(signals, served)
	p.server.Close()
	return 0
}

// waitOne returns when the session has ended: by itself, by SIGTERM when its
// command is finished, or by SIGINT at once.
func (p *program) waitOne(signals <-chan os.Signal, served <-chan error) {
	select {
	case <-served: // The log has its end.
	case s := <-signals:
		if s == syscall.SIGINT {
			return
		}
		ctx, cancel := context.WithTimeout(context.Background(), p.config.DrainTime)
		defer cancel()
		p.abandon(p.server.Suspend(ctx))
	}
}

// forGood returns an opener that makes the process the owner of the mailbox
// it opened, with no way back.
func forGood(open pop3.Opener) pop3.Opener {
	return func(ctx context.Context, a *pop3.Account) (pop3.Mailbox, error) {
		mailbox, err := open(ctx, a)
		if err != nil {
			return nil, err
		}
		if err := osuser.Become(owner(a)); err != nil {
			return nil, errors.Join(err, mailbox.Close())
		}
		return mailbox, nil
	}
}

// stdinConn returns standard input as a connection, and puts the null device
// in its place: with inetd standard error is the connection too, and nothing
// but replies may go there.
func stdinConn() (net.Conn, error) {
	socket, err := sd.Stdin()
	if err != nil {
		return nil, err
	}
	if socket == nil {
		return newStdioConn()
	}
	if socket.Kind != sd.Connected {
		return nil, errors.New("inetd: standard input is a listening socket; it has to be a connection")
	}
	conn, err := socket.Conn()
	if err != nil {
		return nil, err
	}
	if err := detachStdio(); err != nil {
		return nil, errors.Join(err, conn.Close())
	}
	return conn, nil
}
