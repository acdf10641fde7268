package sasl

import (
	"context"

	"tpops/pkg/pop3"
)

// login is the server's side of LOGIN, which has no RFC: it asks for the name and then
// for the password, with texts that some clients require. Other clients send the name as
// an initial response.
type login struct {
	users   pop3.Authenticator
	channel *pop3.Channel
	name    string
	asked   int // questions
}

func (u Users) newLogin(c *pop3.Channel) pop3.Exchange {
	return &login{users: u.Passwords, channel: c}
}

// Next implements pop3.Exchange.
func (l *login) Next(ctx context.Context, response []byte) (pop3.Step, error) {
	if response != nil && l.asked == 0 {
		l.asked++ // The client has sent the name without the question.
	}
	l.asked++
	switch l.asked {
	case 1:
		return pop3.Step{Challenge: []byte("Username:")}, nil
	case 2:
		l.name = l.channel.Qualify(string(response))
		return pop3.Step{Login: l.name, Challenge: []byte("Password:")}, nil
	}
	account, err := l.channel.Check(ctx, pop3.Attempt{Login: l.name, Password: string(response)}, l.users.Authenticate)
	return pop3.Step{Login: l.name, Password: string(response), Account: account}, err
}
