package sasl

import (
	"context"
	"errors"
	"fmt"
	"testing"

	"tpops/pkg/pop3"
	"tpops/pkg/scram"
)

// memory is a user database with one password for each user.
type memory struct {
	passwords map[string]string
	broken    error // returned by all calls, if set
}

func (m *memory) Authenticate(_ context.Context, a pop3.Attempt) (*pop3.Account, error) {
	return m.admit(a.Login, m.passwords[a.Login] == a.Password)
}

func (m *memory) AuthenticateSecret(_ context.Context, login string, fits func(string) bool) (*pop3.Account, error) {
	return m.admit(login, fits(m.passwords[login]))
}

func (m *memory) Lookup(_ context.Context, login string) (*pop3.Account, error) {
	return m.admit(login, true)
}

func (m *memory) SCRAMKeys(_ context.Context, a pop3.Attempt, h scram.Hash) (*scram.Keys, func(bool) (*pop3.Account, error), error) {
	if m.broken != nil {
		return nil, nil, m.broken
	}
	keys := scram.Derive(h, m.passwords[a.Login], []byte("0123456789abcdef"), scram.MinIterations)
	return keys, func(proved bool) (*pop3.Account, error) { return m.admit(a.Login, proved) }, nil
}

func (m *memory) admit(login string, fits bool) (*pop3.Account, error) {
	if m.broken != nil {
		return nil, m.broken
	}
	if _, known := m.passwords[login]; !known || !fits {
		return nil, fmt.Errorf("user %q: %w", login, pop3.ErrAuth)
	}
	return &pop3.Account{Name: login}, nil
}

// tokens has the user for whom each token was issued.
type tokens map[string]string

var errTokens = errors.New("the token server is down")

func (t tokens) CheckToken(_ context.Context, token string) (string, error) {
	if token == "down" {
		return "", errTokens
	}
	if login, ok := t[token]; ok {
		return login, nil
	}
	return "", fmt.Errorf("token: %w", pop3.ErrAuth)
}

// everybody returns users for all mechanisms.
func everybody() Users {
	m := &memory{passwords: map[string]string{
		"user": "pencil", "tim": "tanstaaftanstaaf", "tim@example.org": "tanstaaf", "a b,=c": "pencil", "émile": "crayon", "IX": "I X",
		"user@example.com": "x",
	}}
	return Users{
		Passwords: m, Secrets: m, SCRAM: m, Accounts: m, Hostname: "postoffice.reston.mci.net", Scope: "mail",
		Tokens: tokens{"vF9dft4qmTc2Nvb3RlckBhdHRhdmlzdGEuY29tCg==": "user@example.com", "tims": "tim", "nobodys": "nobody"},
	}
}

// open returns the channel of a session in clear.
func open() *pop3.Channel {
	return &pop3.Channel{
		Qualify: func(login string) string { return login },
		Begin:   func(_ context.Context, login string) (pop3.Attempt, error) { return pop3.Attempt{Login: login}, nil },
		Settle:  func(_ context.Context, _ *pop3.Account, err error) error { return err },
		Check: func(ctx context.Context, a pop3.Attempt, ask func(context.Context, pop3.Attempt) (*pop3.Account, error)) (*pop3.Account, error) {
			return ask(ctx, a)
		},
	}
}

// find returns the mechanism with a name.
func find(t testing.TB, users Users, name string) *pop3.Mechanism {
	t.Helper()
	for _, m := range Mechanisms(users) {
		if m.Name == name {
			return &m
		}
	}
	t.Fatalf("no mechanism %s", name)
	return nil
}

// outcome is the end of an exchange.
type outcome struct {
	account, login, password string
	challenges               []string
	err                      error // or Step.Refused
}

// exchange sends responses to a mechanism until the exchange ends or there are no more.
// "-" means no initial response.
func exchange(t testing.TB, users Users, name string, c *pop3.Channel, responses ...string) outcome {
	t.Helper()
	e := find(t, users, name).New(c)
	var end outcome
	for _, text := range responses {
		response := []byte(text)
		if text == "-" {
			response = nil
		}
		step, err := e.Next(t.Context(), response)
		end.login, end.password = step.Login, step.Password
		if end.err = err; err == nil {
			end.err = step.Refused
		}
		if step.Account != nil {
			end.account = step.Account.Name
		}
		if err != nil || step.Account != nil || step.Refused != nil {
			end.challenges = append(end.challenges, string(step.Challenge))
			return end
		}
		end.challenges = append(end.challenges, string(step.Challenge))
	}
	return end
}
