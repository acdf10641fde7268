package main

import (
	"context"

	"tpops/pkg/children"
	"tpops/pkg/osuser"
	"tpops/pkg/pop3"
)

// settle takes on the ids of the parameters user and group, opens with them all
// that is needed, and gives up the rest.
func (c *childhood) settle() (*pop3.Backend, error) {
	p := c.program
	owner, err := idsOf(p.config)
	if err != nil {
		return nil, err
	}
	if err := osuser.Become(owner); err != nil {
		return nil, err
	}
	if err := p.log.Reopen(p.logConfig(p.config)); err != nil {
		return nil, err
	}
	if c.task.Role == roleProbe {
		// Whether it can be started is a matter of these ids.
		if _, err := p.newHook(); err != nil {
			return nil, err
		}
	}
	backend, err := p.newBackend(p.config)
	if err != nil {
		return nil, err
	}
	return backend, c.confine(backend)
}

// confine takes away from the process what it will not need. A process that is
// to become the mailbox's owner keeps the right to, until it has.
func (c *childhood) confine(b *pop3.Backend) error {
	p := c.program
	if p.config.Processes.ParallelType != "fork" {
		return p.confine()
	}
	p.separateAfterLogin(b)
	return p.confineLogin()
}

// telling returns an opener that tells the parent of logins.
func (c *childhood) telling(open pop3.Opener) pop3.Opener {
	return func(ctx context.Context, a *pop3.Account, client *pop3.Client) (pop3.Mailbox, error) {
		mailbox, err := open(ctx, a, client)
		if err == nil {
			c.post.Report(children.LoggedIn, "")
		}
		return mailbox, err
	}
}

// turnAway tells the client of a fork child that cannot serve to try again.
func (c *childhood) turnAway() {
	if c.conn == nil || c.task.Ports[0].TLS {
		return
	}
	conn, err := children.Conn(c.conn)
	if err != nil {
		return // The client has gone already.
	}
	c.program.newFarewell().Abandon(&pop3.Suspended{Conn: conn})
}

// newFarewell returns a server that serves nobody, and can only end sessions.
func (p *program) newFarewell() *pop3.Server {
	return pop3.NewServer(&pop3.Backend{
		CommandTimeout: p.config.Protocol.CommandTimeout, ConnectionKeepTime: p.config.Protocol.ConnectionKeepTime,
	}, 1, p.logger, p.log.Access)
}
