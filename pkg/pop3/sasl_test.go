package pop3_test

import (
	"context"
	"fmt"
	"time"

	"tpops/pkg/pop3"
	"tpops/pkg/sasl"
	"tpops/pkg/scram"
)

// offerSASL offers all mechanisms that work for users without TLS but SCRAM,
// which says something else each time.
func offerSASL(tr *transcript, _ string) error {
	u := users{tr}
	tr.backend.Mechanisms = sasl.Mechanisms(sasl.Users{Passwords: u, Secrets: u, Accounts: u, Tokens: u, Hostname: "dbc.mtview.ca.us"})
	return nil
}

// offerSCRAM offers SCRAM alone, with keys that fit no password.
func offerSCRAM(tr *transcript, _ string) error {
	tr.backend.Mechanisms = sasl.Mechanisms(sasl.Users{SCRAM: users{tr}})
	return nil
}

// SCRAMKeys implements sasl.SCRAMUsers.
func (u users) SCRAMKeys(_ context.Context, a pop3.Attempt, h scram.Hash) (*scram.Keys, func(bool) (*pop3.Account, error), error) {
	if a.Known {
		u.tr.guarded().record("check", a.Login)
	}
	keys := scram.Derive(h, "another password", []byte("salt"), scram.MinIterations)
	return keys, func(proved bool) (*pop3.Account, error) {
		return u.check(a.Login, "", func(string) bool { return proved })
	}, nil
}

// AuthenticateSecret implements sasl.SecretUsers.
func (u users) AuthenticateSecret(_ context.Context, login string, fits func(string) bool) (*pop3.Account, error) {
	return u.check(login, "", fits)
}

// Lookup implements sasl.AccountUsers.
func (u users) Lookup(_ context.Context, login string) (*pop3.Account, error) {
	return u.check(login, "", func(string) bool { return true })
}

// CheckToken implements sasl.TokenChecker. A good token is the login name.
func (u users) CheckToken(_ context.Context, token string) (string, error) {
	if _, ok := passwords[token]; ok {
		return token, nil
	}
	return "", fmt.Errorf("token: %w", pop3.ErrAuth)
}

// account returns the account of a user who may log in.
func (tr *transcript) account(login string) *pop3.Account {
	account := tr.values
	account.Name = login
	return &account
}

func setLoginDelay(tr *transcript, arg string) (err error) {
	tr.backend.LoginDelay, err = time.ParseDuration(arg)
	return err
}

func setExpire(tr *transcript, arg string) (err error) {
	tr.backend.Expire, err = pop3.ParseExpire(arg)
	return err
}

// setUserValues gives accounts a login delay and an expiry of their own.
func setUserValues(tr *transcript, arg string) error {
	var delay, expire string
	if _, err := fmt.Sscan(arg, &delay, &expire); err != nil {
		return err
	}
	tr.backend.PerUser = true
	var err1, err2 error
	tr.values.LoginDelay, err1 = time.ParseDuration(delay)
	tr.values.Expire, err2 = pop3.ParseExpire(expire)
	if err1 != nil {
		return err1
	}
	return err2
}

// stopServer has the server suspend its sessions, which no other one continues.
func stopServer(tr *transcript, _ string) error {
	server := tr.server
	go func() { server.Abandon(server.Suspend(tr.t.Context())...) }()
	return nil
}
