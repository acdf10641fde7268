package sasl

import (
	"context"
	"crypto/x509"
	"crypto/x509/pkix"
	"strings"
	"testing"

	"tpops/pkg/pop3"
)

// lowering returns the channel of a session with login-case = lower, and the names with
// which its guard is called.
func lowering(certificate string) (*pop3.Channel, *[]string) {
	c, counted := open(), &[]string{}
	c.Qualify = pop3.Names{Lower: true}.Of
	begin, check := c.Begin, c.Check
	c.Begin = func(ctx context.Context, login string) (pop3.Attempt, error) {
		*counted = append(*counted, login)
		return begin(ctx, login)
	}
	c.Check = func(ctx context.Context, a pop3.Attempt, ask func(context.Context, pop3.Attempt) (*pop3.Account, error)) (*pop3.Account, error) {
		*counted = append(*counted, a.Login)
		return check(ctx, a, ask)
	}
	c.Client = &x509.Certificate{Subject: pkix.Name{CommonName: certificate}}
	return c, counted
}

// TestLower logs in by each mechanism with capital letters: the name that is looked up,
// counted and logged has small ones. What the client signs stays as it is.
func TestLower(t *testing.T) {
	const password = "tanstaaftanstaaf"
	for _, m := range Mechanisms(everybody()) {
		if strings.HasSuffix(m.Name, "-PLUS") {
			continue // the same exchange in TLS
		}
		t.Run(m.Name, func(t *testing.T) {
			c, counted := lowering("TIM")
			account, login := logInAs(t, m.Name, c, "Tim", password)
			if account != "tim" || login != "tim" || strings.Join(*counted, " ") != "tim" {
				t.Errorf("account %q, login %q, counted %q", account, login, *counted)
			}
			c, _ = lowering("TIM")
			c.Qualify = pop3.Names{}.Of
			if account, _ := logInAs(t, m.Name, c, "Tim", password); account != "" {
				t.Errorf("with login-case = keep: account %q", account)
			}
		})
	}
}

// logInAs logs in by a mechanism, also with the name as the authorization identity.
func logInAs(t *testing.T, mechanism string, c *pop3.Channel, name, password string) (account, login string) {
	t.Helper()
	users := everybody()
	var responses []string
	switch mechanism {
	case "PLAIN":
		responses = []string{"TIM\x00" + name + "\x00" + password}
	case "LOGIN":
		responses = []string{"-", name, password}
	case "EXTERNAL":
		responses = []string{name}
	case "OAUTHBEARER":
		responses = []string{"n,a=" + name + ",\x01auth=Bearer capital\x01\x01"}
	case "XOAUTH2":
		responses = []string{"user=" + name + "\x01auth=Bearer capital\x01\x01"}
	case "CRAM-MD5":
		e := find(t, users, mechanism).New(c)
		step, err := e.Next(t.Context(), nil)
		if err != nil {
			t.Fatal(err)
		}
		return outcomeOf(e.Next(t.Context(), []byte(cramResponse(name, password, string(step.Challenge)))))
	default:
		return outcomeOf(dialogue(t, users, c, mechanism, newClient(t, mechanism, name, password, "TIM").NewConversation()))
	}
	users.Tokens = tokens{"capital": "TIM"}
	end := exchange(t, users, mechanism, c, responses...)
	return end.account, end.login
}

func outcomeOf(step pop3.Step, _ error) (account, login string) {
	if step.Account != nil {
		account = step.Account.Name
	}
	return account, step.Login
}
