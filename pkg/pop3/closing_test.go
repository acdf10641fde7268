package pop3_test

import (
	"bufio"
	"context"
	"io"
	"log/slog"
	"net"
	"net/netip"
	"strings"
	"testing"
	"testing/synctest"

	"tpops/pkg/pop3"
)

// closingExchange counts how often it is closed. It needs two responses, of which the
// last one names the user.
type closingExchange struct {
	closed *int
	n      int
}

func (e *closingExchange) Close() { *e.closed++ }

func (e *closingExchange) Next(_ context.Context, response []byte) (pop3.Step, error) {
	if e.n++; e.n < 3 {
		return pop3.Step{Challenge: []byte("x")}, nil
	}
	if string(response) == "no" {
		return pop3.Step{}, pop3.ErrSASL
	}
	return pop3.Step{Account: &pop3.Account{Name: "mrose"}}, nil
}

// TestClosingExchange checks that an exchange is closed once, however it ends, and that
// it gets the addresses of the client.
func TestClosingExchange(t *testing.T) {
	for name, lines := range map[string]string{
		"success":        "AUTH X|eA==|eA==|QUIT",
		"refused":        "AUTH X|eA==|bm8=|QUIT",
		"not base64":     "AUTH X|?|QUIT",
		"cancelled":      "AUTH X|eA==|*|QUIT",
		"client is gone": "AUTH X|eA==",
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				closed := 0
				b := newTranscript(t).backend
				b.Mechanisms = []pop3.Mechanism{{Name: "X", New: func(c *pop3.Channel) pop3.Exchange {
					if c.Connection.Remote.String() != "192.0.2.7:9" || c.Connection.Session == "" {
						t.Errorf("connection %+v", c.Connection)
					}
					return &closingExchange{closed: &closed}
				}}}
				s := pop3.NewServer(b, 1, slog.New(slog.DiscardHandler), nil)
				client, conn := net.Pipe()
				served := make(chan error)
				go func() { served <- s.ServeConn(tcpConn{conn, netip.MustParseAddrPort("192.0.2.7:9")}, pop3.Port{}, nil) }()
				replies := bufio.NewReader(client)
				replies.ReadString('\n') // the greeting
				for line := range strings.SplitSeq(lines, "|") {
					io.WriteString(client, line+"\r\n")
					if _, err := replies.ReadString('\n'); err != nil {
						t.Errorf("%q: %v", line, err)
					}
				}
				client.Close()
				if err := <-served; err != nil {
					t.Error(err)
				}
				if closed != 1 {
					t.Errorf("closed %d times", closed)
				}
			})
		})
	}
}
