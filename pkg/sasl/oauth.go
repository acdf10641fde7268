package sasl

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	"tpops/pkg/pop3"
)

// bearer is the server's side of OAUTHBEARER (RFC 7628) and of XOAUTH2, its
// predecessor. The library for OAUTHBEARER is not used: it rejects unknown keys,
// which RFC 7628 §3.1 forbids, and panics when a client replies to a failure with an
// empty response, as clients of XOAUTH2 do.
type bearer struct {
	users   Users
	channel *pop3.Channel
	parse   func(response []byte) (login, token string, err error)
	status  string // sent for a rejected token
}

func (u Users) canToken() bool { return u.Tokens != nil && u.Accounts != nil }

func (u Users) newOAuthBearer(c *pop3.Channel) pop3.Exchange {
	return &bearer{users: u, channel: c, parse: parseOAuthBearer, status: "invalid_token"} // RFC 6750 §3.1
}

func (u Users) newXOAuth2(c *pop3.Channel) pop3.Exchange {
	return &bearer{users: u, channel: c, parse: parseXOAuth2, status: "401"}
}

// Next implements pop3.Exchange.
func (b *bearer) Next(ctx context.Context, response []byte) (pop3.Step, error) {
	if response == nil {
		return pop3.Step{}, nil
	}
	login, token, err := b.parse(response)
	if err != nil {
		return pop3.Step{}, pop3.ErrSASL
	}
	step := pop3.Step{}
	if login != "" {
		step.Login = b.channel.Qualify(login)
	}
	step.Account, err = b.channel.Check(ctx, pop3.Attempt{Login: step.Login, Password: token}, func(ctx context.Context, _ pop3.Attempt) (*pop3.Account, error) {
		issued, err := b.users.Tokens.CheckToken(ctx, token)
		if err != nil {
			return nil, err
		}
		step.Identity = issued
		account, login, err := b.enter(ctx, step.Login, issued)
		step.Login = login
		return account, err
	})
	if errors.Is(err, pop3.ErrAuth) {
		step.Refused, step.Challenge = err, b.refusal()
		return step, nil
	}
	return step, err
}

// enter returns the account of the user for whom a token was issued. If the client
// has named a user, it must be the same one.
func (b *bearer) enter(ctx context.Context, named, issued string) (*pop3.Account, string, error) {
	issued = b.channel.Qualify(issued)
	if named != "" && !pop3.SameName(named, issued) {
		return nil, named, fmt.Errorf("the token was issued for %q: %w", issued, pop3.ErrAuth)
	}
	account, err := b.users.proven(ctx, issued)
	return account, issued, err
}

// refusal returns the reply to a rejected token, so that the client may get another
// one (RFC 7628 §3.2.2).
func (b *bearer) refusal() []byte {
	text, err := json.Marshal(struct {
		Status  string `json:"status"`
		Schemes string `json:"schemes"`
		Scope   string `json:"scope,omitempty"`
	}{b.status, "bearer", b.users.Scope})
	if err != nil {
		return nil // Strings can always be encoded.
	}
	return text
}

var errResponse = errors.New("malformed response")

// parseOAuthBearer reads a response (RFC 7628 §3.1): the GS2 header, which may name
// the user, and pairs of key and value.
func parseOAuthBearer(response []byte) (login, token string, err error) {
	header, pairs, _ := bytes.Cut(response, []byte{1})
	if login, err = parseHeader(string(header)); err != nil {
		return "", "", err
	}
	values, err := parsePairs(pairs)
	if err != nil {
		return "", "", err
	}
	token, err = bearerToken(values["auth"])
	return login, token, err
}

// parseHeader returns the user whom a GS2 header names, "" if none.
func parseHeader(header string) (login string, err error) {
	fields := strings.Split(header, ",")
	if len(fields) != 3 || fields[2] != "" || fields[0] != "n" && fields[0] != "y" { // The mechanism has no channel binding.
		return "", errResponse
	}
	if fields[1] == "" {
		return "", nil
	}
	name, found := strings.CutPrefix(fields[1], "a=")
	if login, err = decodeName(name); err != nil || !found || name == "" {
		return "", errResponse
	}
	return login, nil
}

// parseXOAuth2 reads a response of XOAUTH2, which has only pairs.
func parseXOAuth2(response []byte) (login, token string, err error) {
	values, err := parsePairs(response)
	if err != nil {
		return "", "", err
	}
	token, err = bearerToken(values["auth"])
	if values["user"] == "" {
		return "", "", errResponse
	}
	return values["user"], token, err
}

// parsePairs reads pairs of key and value. Each ends in ^A, and all of them in
// another ^A. Unknown keys are ignored.
func parsePairs(text []byte) (map[string]string, error) {
	text, ok := bytes.CutSuffix(text, []byte{1, 1})
	if !ok {
		return nil, errResponse
	}
	values := map[string]string{}
	for pair := range strings.SplitSeq(string(text), "\x01") {
		key, value, ok := strings.Cut(pair, "=")
		if _, again := values[key]; !ok || again {
			return nil, errResponse
		}
		values[key] = value
	}
	return values, nil
}

// bearerToken returns the token of an Authorization header (RFC 6750 §2.1). The
// scheme is case-insensitive.
func bearerToken(authorization string) (string, error) {
	scheme, token, _ := strings.Cut(authorization, " ")
	token = strings.TrimLeft(token, " ")
	if !strings.EqualFold(scheme, "Bearer") || token == "" || strings.ContainsFunc(token, isNotInToken) {
		return "", errResponse
	}
	return token, nil
}

func isNotInToken(r rune) bool { return r <= ' ' || r >= 0x7F }
