package dovecot

import (
	"context"
	"encoding/base64"
	"errors"
	"fmt"

	"tpops/pkg/pop3"
)

// exchange is an authentication by SASL that Dovecot takes part in. It implements
// pop3.Exchange; the caller closes it.
type exchange struct {
	database  *Database
	mechanism string
	client    *pop3.Client
	request   *request // nil before the first response
}

// NewExchange returns an Exchange of Dovecot, for a mechanism that it relays. Its Step
// has no Login: the caller reads that from the responses.
func (d *Database) NewExchange(mechanism string, client *pop3.Client) pop3.ClosingExchange {
	return &exchange{database: d, mechanism: mechanism, client: client}
}

// Next implements pop3.Exchange.
func (e *exchange) Next(ctx context.Context, response []byte) (pop3.Step, error) {
	answer, err := e.ask(ctx, response)
	if err != nil {
		return pop3.Step{}, err
	}
	if answer.kind != replyContinue {
		account, err := e.database.conclude(ctx, e.client, answer)
		return pop3.Step{Account: account}, err
	}
	challenge, err := decodeChallenge(answer)
	if err != nil {
		return pop3.Step{}, e.database.auth.about(err)
	}
	return pop3.Step{Challenge: challenge}, nil
}

// ask passes a response on and returns the reply.
func (e *exchange) ask(ctx context.Context, response []byte) (reply, error) {
	l := e.database.auth
	if e.request == nil {
		line := authLine(e.mechanism, e.client, response)
		if len(line("")) > maxRequest {
			return reply{}, pop3.ErrSASL
		}
		answer, request, err := l.roundTrip(ctx, line.of)
		e.request = request
		return answer, err
	}
	line := fmt.Sprintf("CONT\t%d\t%s\n", e.request.id, base64.StdEncoding.EncodeToString(response))
	if len(line) > maxRequest {
		return reply{}, pop3.ErrSASL
	}
	ctx, cancel := l.limit(ctx)
	defer cancel()
	answer, err := e.request.ask(ctx, line)
	if errors.Is(err, errTimeout) {
		e.request.conn.retire()
	}
	if err != nil {
		return reply{}, l.about(err)
	}
	return answer, nil
}

// decodeChallenge returns what the client has to be sent.
func decodeChallenge(answer reply) ([]byte, error) {
	if len(answer.args) == 0 {
		return nil, nil
	}
	challenge, err := base64.StdEncoding.DecodeString(answer.args[0])
	if err != nil {
		return nil, fmt.Errorf("%w: CONT without base64", errReply)
	}
	return challenge, nil
}

// Close ends the exchange, wherever it is.
func (e *exchange) Close() {
	if e.request != nil {
		e.request.giveUp()
	}
}
