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
)

// serveStdin serves one session on standard input, as inetd starts it. After
// login the process becomes the mailbox's owner for good.
func (p *program) serveStdin() int {
	if err := p.openLog(); err != nil {
		return fail(exitSystem, err)
	}
	defer p.log.Close()
	conn, err := stdinConn()
	if err != nil {
		return p.fatal(exitSystem, err)
	}
	if err := p.become(); err != nil {
		return p.fatal(exitSystem, err)
	}
	backend, err := p.newBackend(p.config)
	if err != nil {
		return p.fatal(exitConfig, err)
	}
	backend.Open = forGood(backend.Open)
	p.server = pop3.NewServer(backend, 1, p.logger, p.log.Access)
	signals := make(chan os.Signal, 1)
	signal.Notify(signals, syscall.SIGINT)
	go func() {
		<-signals
		p.server.Close()
	}()
	if err := p.server.ServeConn(conn, nil); err != nil && !errors.Is(err, pop3.ErrServerClosed) {
		return p.fatal(exitSystem, err)
	}
	p.server.Close()
	return 0
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
	conn, err := net.FileConn(os.Stdin)
	if err != nil {
		return newStdioConn()
	}
	if err := detachStdio(); err != nil {
		return nil, errors.Join(err, conn.Close())
	}
	return conn, nil
}
