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
	attempt
	refused error // it has failed, and the client is told so after its response
}

// handleAUTH begins a SASL exchange (RFC 5034 §4). Without an argument it lists
// the mechanisms, which is how some clients look for them.
func (s *session) handleAUTH(ctx context.Context, args []string) (reply, error) {
	if len(args) == 0 {
		r, err := ok("mechanisms follow")
		r.lines = s.mechanismLines()
		return r, err
	}
	channel := s.channel()
	m := s.mechanism(args[0], channel)
	switch {
	case m == nil:
		return reply{}, ErrMechanism
	case m.Clear && !s.mayLogInClear():
		return s.refuse(attempt{method: m.Name}, slog.LevelInfo, ErrClear)
	}
	s.User, channel.Plus = "", s.offersPlus(channel)
	s.auth = &authentication{Exchange: m.New(channel), attempt: attempt{method: m.Name}}
	if len(args) == 1 {
		return s.advance(ctx, nil)
	}
	if args[1] == "=" { // RFC 5034 §4: there is one, and it is empty
		return s.advance(ctx, []byte{})
	}
	return s.respond(ctx, []byte(args[1]))
}

// continueAUTH takes the line that answers a challenge (RFC 5034 §4).
func (s *session) continueAUTH(ctx context.Context, line []byte) (reply, error) {
	if err := s.auth.refused; err != nil {
		s.endAuth()
		return reply{}, err
	}
	if string(line) == "*" {
		s.endAuth()
		return reply{}, ErrCancelled
	}
	return s.respond(ctx, line)
}

// respond takes a response as it was sent.
func (s *session) respond(ctx context.Context, text []byte) (reply, error) {
	response, err := decodeResponse(text)
	if err != nil {
		s.endAuth()
		return reply{}, err
	}
	return s.advance(ctx, response)
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

// advance gives the exchange a response and answers what comes of it.
func (s *session) advance(ctx context.Context, response []byte) (reply, error) {
	a := s.auth
	step, err := a.Next(ctx, response)
	if step.Login != "" {
		s.Login = step.Login
	}
	a.identity, a.password = step.Identity, step.Password
	switch {
	case err == nil && step.Account == nil:
		return s.challenge(step), nil
	case err == nil || visible(err) != ErrSASL:
		s.endAuth()
		return s.enter(ctx, a.attempt, step.Account, err)
	}
	// Nobody has tried to log in who would have failed.
	s.endAuth()
	return reply{}, err
}

// challenge answers with a challenge. That a login is refused is known to the
// client with it, and so logged before it may hang up.
func (s *session) challenge(step Step) reply {
	if step.Refused != nil {
		_, s.auth.refused = s.refuse(s.auth.attempt, slog.LevelError, step.Refused)
	}
	return reply{continues: true, text: base64.StdEncoding.EncodeToString(step.Challenge)}
}

// begin is Channel.Begin.
func (s *session) begin(ctx context.Context, login string) error {
	s.Login, s.tried = login, time.Now()
	return s.reserve(ctx, login, "")
}

// settleExchange is Channel.Settle.
func (s *session) settleExchange(ctx context.Context, account *Account, err error) error {
	return s.settle(ctx, "", account, err)
}

// checkLogin is Channel.Check.
func (s *session) checkLogin(ctx context.Context, login, secret string, ask func() (*Account, error)) (*Account, error) {
	s.Login = login
	return s.check(ctx, secret, ask)
}

// channel returns what an exchange may know of the connection.
func (s *session) channel() *Channel {
	c := &Channel{Qualify: s.qualify, Begin: s.begin, Settle: s.settleExchange, Check: s.checkLogin, Server: s.conn.shown, Client: s.clientCertificate()}
	if s.tls.conn != nil {
		state := s.tls.conn.ConnectionState()
		c.TLS = &state
	}
	return c
}

// offersPlus reports whether the client may use a mechanism with channel
// binding.
func (s *session) offersPlus(c *Channel) bool {
	return slices.ContainsFunc(s.backend.Mechanisms, func(m Mechanism) bool {
		return strings.HasSuffix(m.Name, "-PLUS") && s.offers(&m, c)
	})
}

// mechanism returns the one of that name that can work, in letters of either
// case (RFC 5034 §5), or nil.
func (s *session) mechanism(name string, c *Channel) *Mechanism {
	for i := range s.backend.Mechanisms {
		if m := &s.backend.Mechanisms[i]; strings.EqualFold(m.Name, name) && m.usable(c) {
			return m
		}
	}
	return nil
}

// offers reports whether the client may use a mechanism.
func (s *session) offers(m *Mechanism, c *Channel) bool {
	return (!m.Clear || s.mayLogInClear()) && m.usable(c)
}

// mechanisms yields the names of those that the client may use.
func (s *session) mechanisms() iter.Seq[string] {
	return func(yield func(string) bool) {
		if len(s.backend.Mechanisms) == 0 {
			return
		}
		channel := s.channel()
		for i := range s.backend.Mechanisms {
			if m := &s.backend.Mechanisms[i]; s.offers(m, channel) && !yield(m.Name) {
				return
			}
		}
	}
}

func (s *session) mechanismLines() iter.Seq[[]byte] {
	return func(yield func([]byte) bool) {
		for name := range s.mechanisms() {
			if !yield([]byte(name)) {
				return
			}
		}
	}
}

// capaSASL is the same in both states (RFC 5034 §3), but not before and after
// STLS.
func (s *session) capaSASL() string {
	names := slices.Collect(s.mechanisms())
	if len(names) == 0 {
		return ""
	}
	return "SASL " + strings.Join(names, " ")
}

// isAUTH reports whether a line begins with AUTH and something more, and so may
// have an initial response of any length.
func isAUTH(line []byte) bool {
	return len(line) > 5 && bytes.EqualFold(line[:5], []byte("AUTH "))
}

// takesLong reports whether a line may be longer than maxLine.
func (s *session) takesLong(line []byte) bool {
	return s.auth != nil || s.state() == authorization && isAUTH(line)
}
