package main

import (
	"context"
	"errors"
	"log/slog"
	"net"
	"os"
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
	backend, err := p.settle()
	if err != nil {
		return p.fatal(exitConfig, err)
	}
	if port.TLS && backend.TLS == nil {
		p.logger.Error("TLS is not configured", slog.String("address", "standard input"))
	}
	backend.Open = forGood(backend.Open)
	p.server = pop3.NewServer(backend, 1, p.logger, p.log.Access)
	if err := p.notifier.Ready(); err != nil {
		return p.fatal(exitSystem, err)
	}
	served := make(chan error, 1)
	go func() { served <- p.server.ServeConn(conn, port, nil) }()
	p.waitOne(served)
	p.server.Close()
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
				ctx, cancel := context.WithTimeout(context.Background(), p.config.DrainTime)
				defer cancel()
				p.server.Abandon(p.server.Suspend(ctx)...)
				return
			}
		}
	}
}

// forGood returns an opener that makes the process the owner of the mailbox
// it opened, with no way back.
func forGood(open pop3.Opener) pop3.Opener {
	return func(ctx context.Context, a *pop3.Account, client *pop3.Client) (pop3.Mailbox, error) {
		mailbox, err := open(ctx, a, client)
		if err != nil {
			return nil, err
		}
		if err := osuser.Become(lastOwner(a)); err != nil {
			return nil, errors.Join(err, mailbox.Close())
		}
		return mailbox, nil
	}
}

// lastOwner returns whom the process becomes: the owner of the mailbox, or
// itself without the capabilities that it was started with.
func lastOwner(a *pop3.Account) *osuser.Owner {
	if o := owner(a); o != nil || os.Geteuid() == 0 {
		return o
	}
	return &osuser.Owner{UID: os.Geteuid(), GID: os.Getegid()}
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
		conn, err := newStdioConn()
		return conn, pop3.Port{}, err
	}
	if socket.Kind != sd.Connected {
		return nil, pop3.Port{}, errors.New("inetd: standard input is a listening socket; it has to be a connection")
	}
	conn, err := socket.Conn()
	if err != nil {
		return nil, pop3.Port{}, err
	}
	if err := detachStdio(); err != nil {
		return nil, pop3.Port{}, errors.Join(err, conn.Close())
	}
	return conn, portOf(socket), nil
}
