package sasl

import (
	"context"
	"fmt"

	gosasl "github.com/emersion/go-sasl"

	"tpops/pkg/pop3"
)

// plain is the server's side of PLAIN (RFC 4616). Passwords are not prepared, so that
// each password that works with PASS works here.
type plain struct {
	users   pop3.Authenticator
	channel *pop3.Channel
	server  gosasl.Server

	identity, login, password string // as the client sent them
}

func (u Users) newPlain(c *pop3.Channel) pop3.Exchange {
	p := &plain{users: u.Passwords, channel: c}
	p.server = gosasl.NewPlainServer(func(identity, login, password string) error {
		p.identity, p.login, p.password = identity, login, password
		return nil // Next calls the Authenticator, with its context.
	})
	return p
}

// Next implements pop3.Exchange.
func (p *plain) Next(ctx context.Context, response []byte) (pop3.Step, error) {
	challenge, done, err := p.server.Next(response)
	if err != nil {
		return pop3.Step{}, pop3.ErrSASL
	}
	if !done {
		return pop3.Step{Challenge: challenge}, nil
	}
	step := pop3.Step{Login: p.channel.Qualify(p.login), Password: p.password}
	if !isSelf(p.channel, p.identity, step.Login) {
		return step, errIdentity
	}
	step.Account, err = p.channel.Check(ctx, pop3.Attempt{Login: step.Login, Password: p.password}, p.users.Authenticate)
	return step, err
}

// errIdentity rejects a client that wants to log in as another user.
var errIdentity = fmt.Errorf("the authorization identity is another user: %w", pop3.ErrAuth)

// isSelf reports whether an authorization identity is empty or that of login.
func isSelf(c *pop3.Channel, identity, login string) bool {
	return identity == "" || pop3.SameName(c.Qualify(identity), login)
}
