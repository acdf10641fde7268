package pop3_test

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"net"
	"strings"
	"testing"
	"time"

	"tpops/pkg/pop3"
	"tpops/pkg/pop3/pop3test"
)

// remote is a mailbox on another server that goes away after some commands.
type remote struct {
	pop3.Mailbox
	left int // calls of Alive that succeed
}

func (r *remote) Alive(context.Context) error {
	if r.left--; r.left < 0 {
		return fmt.Errorf("test: %w", pop3.ErrMailboxLost)
	}
	return nil
}

func (r *remote) Server() string { return "mail1:110" }

// Top cuts the message itself.
func (r *remote) Top(_ context.Context, n int, lines int64) (io.ReadCloser, error) {
	return io.NopCloser(strings.NewReader(fmt.Sprintf("top of %d: %d\r\n.\r\n\r\n1\r\n2\r\n", n, lines))), nil
}

// talk holds a dialogue with a server of a remote mailbox, and returns what the
// server says and its log.
func talk(t *testing.T, left int, commands string) (said, log string) {
	t.Helper()
	drop := pop3test.NewMemory("one", "two")
	var text strings.Builder
	server := pop3.NewServer(&pop3.Backend{
		Authenticator: joe{},
		Open: func(context.Context, *pop3.Account, *pop3.Client) (pop3.Mailbox, error) {
			m, err := drop.Open()
			return &remote{m, left}, err
		},
		CommandTimeout: time.Minute, ConnectionKeepTime: time.Hour,
	}, 1, slog.New(slog.NewTextHandler(&text, nil)), nil)
	ours, theirs := net.Pipe()
	go func() { _, _ = io.WriteString(ours, "USER joe\r\nPASS x\r\n"+commands) }()
	done := make(chan error)
	go func() { done <- server.ServeConn(theirs, pop3.Port{}, nil) }()
	answers, err := io.ReadAll(ours)
	if err != nil {
		t.Fatal(err)
	}
	if err := <-done; err != nil {
		t.Fatal(err)
	}
	server.Close()
	if got := len(drop.Texts()); got != 2 {
		t.Errorf("%d messages are left", got)
	}
	lines := strings.SplitAfterN(string(answers), "\r\n", 4)
	return strings.Join(lines[3:], ""), text.String()
}

// joe is the only user, with any password.
type joe struct{}

func (joe) Authenticate(context.Context, pop3.Attempt) (*pop3.Account, error) {
	return &pop3.Account{Name: "joe", UID: -1, GID: -1}, nil
}

// A mailbox that is lost ends the session, and nothing is deleted.
func TestMailboxLost(t *testing.T) {
	said, log := talk(t, 2, "DELE 1\r\nSTAT\r\nNOOP\r\nQUIT\r\n")
	want := "+OK message deleted\r\n+OK 1 5\r\n-ERR [SYS/TEMP] service unavailable, try again later\r\n"
	if said != want {
		t.Errorf("said %q, want %q", said, want)
	}
	for _, part := range []string{`error="before NOOP: test: the mailbox is lost"`, `reason="mailbox lost"`} {
		if !strings.Contains(log, part) {
			t.Errorf("no %s in the log:\n%s", part, log)
		}
	}
}

// A client must not take the loss of its mailbox for the lack of a command.
func TestMailboxLostSilently(t *testing.T) {
	for _, command := range []string{"UIDL", "UIDL 1", "LAST", "CAPA"} {
		said, log := talk(t, 1, "STAT\r\n"+command+"\r\nQUIT\r\n")
		if said != "+OK 2 10\r\n" || !strings.Contains(log, `reason="mailbox lost"`) {
			t.Errorf("%s: said %q; log %s", command, said, log)
		}
	}
}

// QUIT does not ask first whether the mailbox is alive, and TOP is answered by
// the mailbox where it can, with dots stuffed and nothing cut.
func TestTopper(t *testing.T) {
	said, log := talk(t, 1, "TOP 2 1\r\nQUIT\r\n")
	want := "+OK\r\ntop of 2: 1\r\n..\r\n\r\n1\r\n2\r\n.\r\n+OK server signing off\r\n"
	if said != want {
		t.Errorf("said %q, want %q", said, want)
	}
	if !strings.Contains(log, "tops=1") || !strings.Contains(log, "retrieved=0") {
		t.Errorf("the log:\n%s", log)
	}
}
