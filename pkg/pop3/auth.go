package pop3

import (
	"bytes"
	"context"
	"encoding/base64"
	"iter"
	"log/slog"
	"slices"
	"strings"
	"time"
)

// authentication is an AUTH command that waits for a response.
type authentication struct {
	Exchange
	credentials
	times   loginTimes
	refused error // why it has failed, reported after the next response
}

// handleAUTH begins a SASL exchange (RFC 5034 §4). Without an argument it lists
// the mechanisms, which is how some clients look for them.
func (a *authorization) handleAUTH(ctx context.Context, args []string) (reply, error) {
	if len(args) == 0 {
		r, err := ok("mechanisms follow")
		r.lines = a.mechanismLines()
		return r, err
	}
	channel := a.channel()
	m := a.mechanism(args[0], channel)
	switch {
	case m == nil:
		return reply{}, ErrMechanism
	case m.Clear && !a.mayLogInClear():
		return a.refuse(credentials{method: m.Name}, slog.LevelInfo, ErrClear)
	}
	a.User, channel.Plus = "", a.offersPlus(channel)
	a.exchange = &authentication{Exchange: m.New(channel), credentials: credentials{method: m.Name}}
	if len(args) == 1 {
		return a.advance(ctx, nil)
	}
	if args[1] == "=" { // RFC 5034 §4: there is one, and it is empty
		return a.advance(ctx, []byte{})
	}
	return a.respond(ctx, []byte(args[1]))
}

// continueAUTH takes the line that answers a challenge (RFC 5034 §4).
func (a *authorization) continueAUTH(ctx context.Context, line []byte) (reply, error) {
	if err := a.exchange.refused; err != nil {
		a.endAuth()
		return reply{}, err
	}
	if string(line) == "*" {
		a.endAuth()
		return reply{}, ErrCancelled
	}
	return a.respond(ctx, line)
}

// respond takes a response as it was sent.
func (a *authorization) respond(ctx context.Context, text []byte) (reply, error) {
	response, err := decodeResponse(text)
	if err != nil {
		a.endAuth()
		return reply{}, err
	}
	return a.advance(ctx, response)
}

// decodeResponse decodes base64 as strictly as RFC 5034 §4 wants it.
func decodeResponse(text []byte) ([]byte, error) {
	if bytes.ContainsAny(text, "\r\n") { // Decode would leave them out.
		return nil, ErrSASL
	}
	response := make([]byte, base64.StdEncoding.DecodedLen(len(text)))
	n, err := base64.StdEncoding.Strict().Decode(response, text)
	if err != nil {
		return nil, ErrSASL
	}
	return response[:n], nil
}

// advance gives the exchange a response and returns the reply.
func (a *authorization) advance(ctx context.Context, response []byte) (reply, error) {
	e := a.exchange
	ctx = withTimes(ctx, &e.times)
	step, err := e.Next(ctx, response)
	if step.Login != "" {
		a.s.Login = step.Login
	}
	e.identity, e.password = step.Identity, step.Password
	switch {
	case err == nil && step.Account == nil:
		return a.challenge(step), nil
	case err == nil || visible(err) != ErrSASL:
		a.closeExchange() // enter logs a failed login.
		return a.enter(ctx, e.credentials, step.Account, err)
	}
	// A malformed exchange is not a failed login.
	a.endAuth()
	return reply{}, err
}

// challenge answers with a challenge. That a login is refused is known to the
// client with it, and so logged before it may hang up.
func (a *authorization) challenge(step Step) reply {
	if step.Refused != nil {
		_, a.exchange.refused = a.refuse(a.exchange.credentials, slog.LevelError, step.Refused)
	}
	return reply{continues: true, text: base64.StdEncoding.EncodeToString(step.Challenge)}
}

// begin is Channel.Begin.
func (a *authorization) begin(ctx context.Context, login string) (Attempt, error) {
	a.s.Login, a.tried = login, time.Now()
	return a.reserve(ctx, Attempt{Login: login})
}

// settleExchange is Channel.Settle.
func (a *authorization) settleExchange(ctx context.Context, account *Account, err error) error {
	return a.settle(ctx, "", account, err)
}

// checkLogin is Channel.Check.
func (a *authorization) checkLogin(ctx context.Context, try Attempt, ask func(context.Context, Attempt) (*Account, error)) (*Account, error) {
	a.s.Login = try.Login
	return a.check(ctx, try, ask)
}

// channel returns what an exchange may know of the connection.
func (a *authorization) channel() *Channel {
	c := &Channel{Connection: a.client(""), Qualify: a.qualify, Begin: a.begin, Settle: a.settleExchange, Check: a.checkLogin, Server: a.s.conn.serverCertificate, Client: a.s.tls.clientCertificate()}
	if a.s.tls.conn != nil {
		state := a.s.tls.conn.ConnectionState()
		c.TLS = &state
	}
	return c
}

// offersPlus reports whether the client may use a mechanism with channel
// binding.
func (a *authorization) offersPlus(c *Channel) bool {
	return slices.ContainsFunc(a.s.backend.Mechanisms, func(m Mechanism) bool {
		return strings.HasSuffix(m.Name, "-PLUS") && a.offers(&m, c)
	})
}

// mechanism returns the one of that name that can work, in letters of either
// case (RFC 5034 §5), or nil.
func (a *authorization) mechanism(name string, c *Channel) *Mechanism {
	for i := range a.s.backend.Mechanisms {
		if m := &a.s.backend.Mechanisms[i]; strings.EqualFold(m.Name, name) && m.usable(c) {
			return m
		}
	}
	return nil
}

// offers reports whether the client may use a mechanism.
func (a *authorization) offers(m *Mechanism, c *Channel) bool {
	return (!m.Clear || a.mayLogInClear()) && m.usable(c)
}

// mechanisms yields the names of those that the client may use.
func (a *authorization) mechanisms() iter.Seq[string] {
	return func(yield func(string) bool) {
		if len(a.s.backend.Mechanisms) == 0 {
			return
		}
		channel := a.channel()
		for i := range a.s.backend.Mechanisms {
			if m := &a.s.backend.Mechanisms[i]; a.offers(m, channel) && !yield(m.Name) {
				return
			}
		}
	}
}

func (a *authorization) mechanismLines() iter.Seq[[]byte] {
	return func(yield func([]byte) bool) {
		for name := range a.mechanisms() {
			if !yield([]byte(name)) {
				return
			}
		}
	}
}

// isAUTH reports whether a line begins with AUTH and something more, and so may
// have an initial response of any length.
func isAUTH(line []byte) bool {
	return len(line) > 5 && bytes.EqualFold(line[:5], []byte("AUTH "))
}

// takesLong reports whether a line may be longer than maxLine.
func (a *authorization) takesLong(line []byte) bool {
	return a.exchange != nil || !a.s.loggedIn() && isAUTH(line)
}
