package sasl

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"tpops/pkg/pop3"
)

// Relay is another server that takes part in exchanges, in place of the mechanisms of
// this package. Goroutines may share it.
type Relay interface {
	// Relays reports whether the server has a mechanism at present.
	Relays(mechanism string) bool
	// NewExchange returns an exchange with the server. Its Step has no Login.
	NewExchange(mechanism string, client *pop3.Client) pop3.ClosingExchange
}

// RelayedNames returns the names of the mechanisms that can be relayed: a response names
// the user, so that the guard can count it, and nothing in them depends on the
// connection to the client.
func RelayedNames() []string {
	return []string{"CRAM-MD5", "XOAUTH2", "OAUTHBEARER", "SCRAM-SHA-256", "SCRAM-SHA-1"}
}

// Relayed returns the mechanisms that the relay offers: PLAIN and LOGIN, with which this
// server asks about a password, and those of RelayedNames that are in relayed.
func Relayed(users Users, relay Relay, relayed []string) []pop3.Mechanism {
	var all []pop3.Mechanism
	for _, m := range Mechanisms(users) {
		start, known := relayStarts[m.Name]
		usable := func(name string) func(*pop3.Channel) bool {
			return func(*pop3.Channel) bool { return relay.Relays(name) }
		}
		switch {
		case m.Name == "PLAIN" || m.Name == "LOGIN":
			m.Usable = usable("PLAIN")
		case known && slices.Contains(relayed, m.Name):
			m.Usable = usable(m.Name)
			m.New = newRelayed(relay, m.Name, start)
		default:
			continue
		}
		all = append(all, m)
	}
	return all
}

// relayStart is how a mechanism begins.
type relayStart struct {
	serverFirst bool // the server sends the first challenge
	steps       bool // more responses follow the one that names the user
	token       bool // a challenge in reply to that is a refusal (RFC 7628 §3.2.2)
	parse       func(response []byte) (login, secret string, err error)
}

var relayStarts = map[string]relayStart{
	"CRAM-MD5":      {serverFirst: true, parse: parseCRAM},
	"XOAUTH2":       {token: true, parse: parseXOAuth2},
	"OAUTHBEARER":   {token: true, parse: parseOAuthBearer},
	"SCRAM-SHA-256": {steps: true, parse: parseSCRAM},
	"SCRAM-SHA-1":   {steps: true, parse: parseSCRAM},
}

// relayedExchange passes the messages of a client on. It implements
// pop3.ClosingExchange.
type relayedExchange struct {
	relayStart
	inner   pop3.ClosingExchange
	channel *pop3.Channel
	asked   bool // the server has been asked for the first challenge
	named   bool // the client has named the user
	login   string
}

func newRelayed(relay Relay, name string, start relayStart) func(*pop3.Channel) pop3.Exchange {
	return func(c *pop3.Channel) pop3.Exchange {
		return &relayedExchange{relayStart: start, inner: relay.NewExchange(name, c.Connection), channel: c}
	}
}

// Close implements pop3.ClosingExchange.
func (r *relayedExchange) Close() { r.inner.Close() }

// Next implements pop3.Exchange.
func (r *relayedExchange) Next(ctx context.Context, response []byte) (pop3.Step, error) {
	switch {
	case r.named:
		return r.next(ctx, response)
	case r.serverFirst && !r.asked:
		r.asked = true
		if response != nil {
			return pop3.Step{}, pop3.ErrSASL // RFC 5034 §4: the server sends first.
		}
		return r.inner.Next(ctx, nil)
	case response == nil:
		return pop3.Step{}, nil
	}
	login, secret, err := r.parse(response)
	if err != nil {
		return pop3.Step{}, pop3.ErrSASL
	}
	if r.named = true; login != "" {
		r.login = r.channel.Qualify(login)
	}
	if r.steps {
		return r.first(ctx, response)
	}
	return r.only(ctx, response, secret)
}

// first passes on the first response of several.
func (r *relayedExchange) first(ctx context.Context, response []byte) (pop3.Step, error) {
	if _, err := r.channel.Begin(ctx, r.login); err != nil {
		return pop3.Step{Login: r.login}, err
	}
	return r.next(ctx, response)
}

// next passes on one response of several, and reports the outcome if there is one.
// Without Settle a malformed response counts like a wrong password.
func (r *relayedExchange) next(ctx context.Context, response []byte) (pop3.Step, error) {
	step, err := r.inner.Next(ctx, response)
	if step.Login = r.login; err == pop3.ErrSASL || err == nil && step.Account == nil {
		return step, err
	}
	if err = r.channel.Settle(ctx, step.Account, err); err != nil {
		step.Account = nil
	}
	return step, err
}

// only passes on the response that decides.
func (r *relayedExchange) only(ctx context.Context, response []byte, secret string) (pop3.Step, error) {
	step := pop3.Step{Login: r.login}
	var challenge []byte
	account, err := r.channel.Check(ctx, pop3.Attempt{Login: r.login, Password: secret},
		func(ctx context.Context, _ pop3.Attempt) (*pop3.Account, error) {
			result, err := r.inner.Next(ctx, response)
			if err != nil || result.Account != nil {
				return result.Account, err
			}
			challenge = result.Challenge
			return nil, r.refusal(ctx)
		})
	if r.token && account != nil {
		step.Identity = account.Name
	}
	if challenge != nil && errors.Is(err, pop3.ErrAuth) {
		step.Refused, step.Challenge = err, challenge
		return step, nil
	}
	step.Account = account
	return step, err
}

// refusal returns the error of an exchange that the server continues although the
// client has nothing to add. The reply to an empty response has the reason.
func (r *relayedExchange) refusal(ctx context.Context) error {
	if !r.token {
		return errors.New("the server asks for one more response")
	}
	result, err := r.inner.Next(ctx, []byte{1}) // RFC 7628 §3.2.3
	if err == nil {
		return fmt.Errorf("the server has no final reply to a token (account %t)", result.Account != nil)
	}
	return err
}

// parseCRAM returns the name in a response of CRAM-MD5, which may have spaces
// (RFC 2195 §2).
func parseCRAM(response []byte) (login, secret string, err error) {
	space := strings.LastIndexByte(string(response), ' ')
	if space < 1 {
		return "", "", errResponse
	}
	return string(response[:space]), "", nil
}

// parseSCRAM returns the name in a client's first message, which has no reserved
// extension (RFC 5802 §7).
func parseSCRAM(response []byte) (login, secret string, err error) {
	parts := strings.SplitN(string(response), ",", 4)
	if len(parts) != 4 {
		return "", "", errResponse
	}
	name, found := strings.CutPrefix(parts[2], "n=")
	if login, err = decodeName(name); err != nil || !found || login == "" {
		return "", "", errResponse
	}
	return login, "", nil
}
