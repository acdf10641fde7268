package pop3_test

import (
	"context"
	"encoding/base64"
	"io"
	"log/slog"
	"net"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"tpops/pkg/pop3"
	"tpops/pkg/pop3/pop3test"
)

// spans is a Meter that adds up durations.
type spans [pop3.Spans]time.Duration

func (s *spans) Took(span pop3.Span, took time.Duration) { s[span] += took }
func (s *spans) Count(pop3.Figure, string, int64)        {}

// slowUsers is a database that needs some time for each part of a login.
type slowUsers struct{}

func (slowUsers) Authenticate(ctx context.Context, a pop3.Attempt) (*pop3.Account, error) {
	for n, span := range []pop3.Span{pop3.SpanLookup, pop3.SpanHashWait, pop3.SpanHash} {
		begun := time.Now()
		time.Sleep(time.Duration(n+1) * time.Second)
		pop3.Took(ctx, span, begun)
	}
	if a.Password != "right" {
		return nil, pop3.ErrAuth
	}
	return &pop3.Account{Name: a.Login}, nil
}

// exchangeOf is a mechanism that compares the first response with the password.
type exchangeOf struct{ channel *pop3.Channel }

func (e exchangeOf) Next(ctx context.Context, response []byte) (pop3.Step, error) {
	if response == nil {
		return pop3.Step{}, nil
	}
	account, err := e.channel.Check(ctx, pop3.Attempt{Login: "ann", Password: string(response)}, slowUsers{}.Authenticate)
	return pop3.Step{Login: "ann", Account: account}, err
}

// The record of a login has the times of that login alone, as the Meter gets them, and the
// server of its mailbox.
func TestLoginTimes(t *testing.T) {
	right := base64.StdEncoding.EncodeToString([]byte("right"))
	for name, commands := range map[string]string{
		"PASS":          "USER ann\r\nPASS right\r\nQUIT\r\n",
		"AUTH":          "AUTH X " + right + "\r\nQUIT\r\n",
		"AUTH, 2 lines": "AUTH X\r\n" + right + "\r\nQUIT\r\n",
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				log, measured := timedSession(t, commands)
				const want = "waited=4s lookup=1s hash=3s open=5s server=mail1:110"
				if !strings.Contains(log, "msg=login ") || !strings.Contains(log, want) {
					t.Errorf("%s", log)
				}
				if *measured != (spans{pop3.SpanLookup: time.Second, pop3.SpanHashWait: 2 * time.Second, pop3.SpanHash: 3 * time.Second,
					pop3.SpanOpen: 5 * time.Second, pop3.SpanSession: 13 * time.Second}) {
					t.Errorf("measured %v", measured)
				}
			})
		})
	}
}

// timedSession holds a dialogue with a slow server, and returns the log and what the server
// has measured.
func timedSession(t *testing.T, commands string) (string, *spans) {
	t.Helper()
	drop := pop3test.NewMemory("one")
	var text strings.Builder
	server := pop3.NewServer(&pop3.Backend{
		Authenticator: slowUsers{},
		Mechanisms:    []pop3.Mechanism{{Name: "X", New: func(c *pop3.Channel) pop3.Exchange { return exchangeOf{c} }}},
		Guard:         &scripted{delay: 2 * time.Second},
		Open: func(context.Context, *pop3.Account, *pop3.Client) (pop3.Mailbox, error) {
			time.Sleep(5 * time.Second)
			m, err := drop.Open()
			return &remote{m, 9}, err
		},
		CommandTimeout: time.Minute, ConnectionKeepTime: time.Hour,
	}, 1, slog.New(slog.NewTextHandler(&text, nil)), nil)
	measured := &spans{}
	server.SetMeter(measured)
	ours, theirs := net.Pipe()
	go func() { _, _ = io.WriteString(ours, commands) }()
	go func() { _, _ = io.Copy(io.Discard, ours) }()
	if err := server.ServeConn(theirs, pop3.Port{}, nil); err != nil {
		t.Fatal(err)
	}
	server.Close()
	return text.String(), measured
}
