package pop3_test

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"strings"
	"testing"
	"time"

	"tpops/pkg/pop3"
)

// cutMailbox ends the session while the client gets a message.
type cutMailbox struct {
	pop3.Mailbox
	end func()
	err error // of the message then; nil: it goes on
}

func (m cutMailbox) Open(ctx context.Context, _ int) (io.ReadCloser, error) {
	return &cutMessage{ctx: ctx, of: m}, nil
}

// cutMessage is a message without an end.
type cutMessage struct {
	ctx context.Context
	of  cutMailbox
}

func (m *cutMessage) Read(p []byte) (int, error) {
	if m.ctx.Err() == nil {
		m.of.end()
		<-m.ctx.Done()
	}
	if m.of.err != nil {
		return 0, m.of.err
	}
	return copy(p, "a line\n"), nil
}

func (m *cutMessage) Close() error { return nil }

// TestCutMessage checks the reason in the log if the session ends in the middle of a message:
// whether the mailbox stops, as one on another server does, or goes on.
func TestCutMessage(t *testing.T) {
	ends := map[string]func(*pop3.Server){
		"ended by operator":        func(s *pop3.Server) { s.Kick(func(*pop3.SessionInfo) bool { return true }) },
		"server closed":            func(s *pop3.Server) { go s.Close() },
		"connection time exceeded": func(*pop3.Server) {},
	}
	for why, end := range ends {
		for name, fails := range map[string]error{"goes on": nil, "stops": errors.New("connection closed")} {
			t.Run(why+", mailbox "+name, func(t *testing.T) {
				serve(t, 1, func(t *testing.T, tr *transcript, _ *pop3.Server, _ *pipeListener) {
					tr.drop.Add("one\n")
					tr.backend.ConnectionKeepTime = time.Hour
					open := tr.backend.Open
					var server *pop3.Server
					tr.backend.Open = func(ctx context.Context, a *pop3.Account, c *pop3.Client) (pop3.Mailbox, error) {
						mailbox, err := open(ctx, a, c)
						return cutMailbox{mailbox, func() { end(server) }, fails}, err
					}
					server = pop3.NewServer(tr.backend, 1, slog.New(slog.NewTextHandler(&tr.log, nil)), nil)
					l := newPipeListener()
					go func() { _ = server.Serve(l, pop3.Port{}) }()
					c := dial(t, l)
					c.login("+OK mrose has 1 messages (5 octets)")
					_, _ = io.WriteString(c, "RETR 1\r\n")
					if text, _ := io.ReadAll(c.in); strings.HasSuffix(string(text), "\r\n.\r\n") {
						t.Errorf("the message seems whole: %q", text)
					}
					server.Close()
					if log := tr.log.String(); !strings.Contains(log, `reason="`+why+`"`) {
						t.Error(log)
					}
				})
			})
		}
	}
}
