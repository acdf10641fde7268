package sasl

import (
	"context"
	"crypto/hmac"
	"crypto/md5"
	"encoding/hex"
	"errors"
	"slices"
	"strings"
	"testing"

	"tpops/pkg/pop3"
)

// elsewhere is a Relay to the mechanisms of this package, as another server has them.
type elsewhere struct {
	t          *testing.T
	users      Users
	mechanisms []string // of the other server
	closed     int
}

func (e *elsewhere) Relays(mechanism string) bool { return slices.Contains(e.mechanisms, mechanism) }

func (e *elsewhere) NewExchange(mechanism string, client *pop3.Client) pop3.ClosingExchange {
	if client == nil || client.Session != "s1" {
		e.t.Error("the exchange does not have the client")
	}
	return &otherExchange{Exchange: find(e.t, e.users, mechanism).New(open()), relay: e}
}

// otherExchange refuses a token like another server: with a challenge, and after the
// response to it with the reason.
type otherExchange struct {
	pop3.Exchange
	relay   *elsewhere
	refused error
}

func (o *otherExchange) Close() { o.relay.closed++ }

func (o *otherExchange) Next(ctx context.Context, response []byte) (pop3.Step, error) {
	if o.refused != nil {
		return pop3.Step{}, o.refused
	}
	step, err := o.Exchange.Next(ctx, response)
	o.refused = step.Refused
	return pop3.Step{Challenge: step.Challenge, Account: step.Account}, err
}

// guarded returns a channel that notes what the guard is asked and told.
func guarded(notes *[]string) *pop3.Channel {
	c := open()
	note := func(words ...string) { *notes = append(*notes, strings.Join(words, " ")) }
	c.Connection = &pop3.Client{Session: "s1"}
	c.Begin = func(_ context.Context, login string) (pop3.Attempt, error) {
		note("begin", login)
		return pop3.Attempt{Login: login}, nil
	}
	c.Settle = func(_ context.Context, a *pop3.Account, err error) error {
		if a != nil {
			note("settle", a.Name)
		} else {
			note("settle with an error")
		}
		return err
	}
	check := c.Check
	c.Check = func(ctx context.Context, a pop3.Attempt, ask func(context.Context, pop3.Attempt) (*pop3.Account, error)) (*pop3.Account, error) {
		note("check", a.Login, a.Password)
		return check(ctx, a, ask)
	}
	return c
}

// relayed returns a mechanism of Relayed, nil if it is not offered.
func relayed(relay Relay, names []string, mechanism string) *pop3.Mechanism {
	for _, m := range Relayed(everybody(), relay, names) {
		if m.Name == mechanism && m.Usable(open()) {
			return &m
		}
	}
	return nil
}

func TestRelayedOffers(t *testing.T) {
	for _, tt := range []struct{ has, names, want string }{
		{"PLAIN LOGIN CRAM-MD5 SCRAM-SHA-256 XOAUTH2 EXTERNAL DIGEST-MD5 SCRAM-SHA-256-PLUS", strings.Join(RelayedNames(), " "), "PLAIN LOGIN CRAM-MD5 XOAUTH2 SCRAM-SHA-256"},
		{"PLAIN CRAM-MD5", "", "PLAIN LOGIN"},
		{"CRAM-MD5", "CRAM-MD5", "CRAM-MD5"},
		{"", "CRAM-MD5", ""},
	} {
		relay := &elsewhere{t: t, mechanisms: strings.Fields(tt.has)}
		var got []string
		for _, name := range Names() {
			if relayed(relay, strings.Fields(tt.names), name) != nil {
				got = append(got, name)
			}
		}
		if text := strings.Join(got, " "); text != tt.want {
			t.Errorf("%s: %s, want %s", tt.has, text, tt.want)
		}
	}
}

// TestRelayedExchanges checks that messages reach the other server unchanged, and that
// the guard knows the user before it is asked.
func TestRelayedExchanges(t *testing.T) {
	bearer := func(login, token string) string { return "user=" + login + "\x01auth=Bearer " + token + "\x01\x01" }
	for _, tt := range []struct {
		name, mechanism, notes, account string
		responses                       []string // "-": none; "MD5 name password": the response to the challenge
		want                            error
	}{
		{"CRAM-MD5", "CRAM-MD5", "check tim ", "tim", []string{"-", "MD5 tim tanstaaftanstaaf"}, nil},
		{"CRAM-MD5, a space", "CRAM-MD5", "check a b,=c ", "a b,=c", []string{"-", "MD5 a b,=c pencil"}, nil},
		{"CRAM-MD5, wrong", "CRAM-MD5", "check tim ", "", []string{"-", "MD5 tim x"}, pop3.ErrAuth},
		{"CRAM-MD5, initial response", "CRAM-MD5", "", "", []string{"tim"}, pop3.ErrSASL},
		{"CRAM-MD5, no name", "CRAM-MD5", "", "", []string{"-", "x"}, pop3.ErrSASL},
		{"XOAUTH2", "XOAUTH2", "check tim tims", "tim", []string{bearer("tim", "tims")}, nil},
		{"XOAUTH2, empty first", "XOAUTH2", "check tim tims", "tim", []string{"-", bearer("tim", "tims")}, nil},
		{"XOAUTH2, another's", "XOAUTH2", "check user tims", "", []string{bearer("user", "tims")}, pop3.ErrAuth},
		{"XOAUTH2, down", "XOAUTH2", "check tim down", "", []string{bearer("tim", "down")}, errTokens},
		{"XOAUTH2, malformed", "XOAUTH2", "", "", []string{"tim"}, pop3.ErrSASL},
		{"OAUTHBEARER", "OAUTHBEARER", "check  tims", "tim", []string{"n,,\x01auth=Bearer tims\x01\x01"}, nil},
		{"SCRAM, wrong", "SCRAM-SHA-256", "begin user", "", []string{"n,,n=user,r=abc", "c=biws,r=abc,p=AA=="}, pop3.ErrSASL},
		{"SCRAM, no name", "SCRAM-SHA-256", "", "", []string{"n,,r=abc"}, pop3.ErrSASL},
		{"SCRAM, escapes", "SCRAM-SHA-256", "begin a b,=c", "", []string{"n,,n=a b=2C=3Dc,r=abc"}, nil},
	} {
		t.Run(tt.name, func(t *testing.T) {
			relay := &elsewhere{t: t, users: everybody(), mechanisms: Names()}
			var notes []string
			e := relayed(relay, RelayedNames(), tt.mechanism).New(guarded(&notes)).(pop3.ClosingExchange)
			var step pop3.Step
			var err error
			for _, response := range tt.responses {
				step, err = e.Next(t.Context(), responseTo(step.Challenge, response))
			}
			if err == nil && step.Refused != nil {
				err = step.Refused
			}
			if got := strings.Join(notes, ", "); got != tt.notes {
				t.Errorf("guard: %q, want %q", got, tt.notes)
			}
			if !errors.Is(err, tt.want) || (step.Account != nil) != (tt.account != "") || step.Account != nil && step.Account.Name != tt.account {
				t.Errorf("%+v, %v", step, err)
			}
			if e.Close(); relay.closed != 1 {
				t.Errorf("closed %d times", relay.closed)
			}
		})
	}
}

// responseTo returns what a text of a test means.
func responseTo(challenge []byte, text string) []byte {
	words, isMD5 := strings.CutPrefix(text, "MD5 ")
	switch {
	case text == "-":
		return nil
	case !isMD5:
		return []byte(text)
	}
	space := strings.LastIndexByte(words, ' ')
	mac := hmac.New(md5.New, []byte(words[space+1:]))
	mac.Write(challenge)
	return []byte(words[:space+1] + hex.EncodeToString(mac.Sum(nil)))
}

// TestRelayedSCRAM logs in with a client of another implementation.
func TestRelayedSCRAM(t *testing.T) {
	for password, want := range map[string]string{"pencil": "begin user, settle user", "wrong": "begin user, settle with an error"} {
		relay := &elsewhere{t: t, users: everybody(), mechanisms: Names()}
		var notes []string
		e := relayed(relay, RelayedNames(), "SCRAM-SHA-256").New(guarded(&notes))
		client := newClient(t, "SCRAM-SHA-256", "user", password, "").NewConversation()
		message, err := client.Step("")
		var step pop3.Step
		for err == nil && step.Account == nil {
			if step, err = e.Next(t.Context(), []byte(message)); err == nil && !client.Done() {
				message, err = client.Step(string(step.Challenge))
			} else {
				message = ""
			}
		}
		if got := strings.Join(notes, ", "); got != want || (step.Account != nil) != (password == "pencil") || password != "pencil" && !errors.Is(err, pop3.ErrAuth) {
			t.Errorf("%s: %q, %+v, %v", password, got, step, err)
		}
	}
}
