package pop3_test

import (
	"context"
	"errors"
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

// lazyMailbox has its messages only after Load, which may have an error.
type lazyMailbox struct {
	pop3.Mailbox
	err    error
	loaded int
}

// unread are rows that must not be asked for.
type unread int

func (u unread) Len() int                 { return int(u) }
func (u unread) Message(int) pop3.Message { panic("not loaded") }

func (l *lazyMailbox) Load(context.Context) error {
	if l.err == nil {
		l.loaded++
	}
	return l.err
}

func (l *lazyMailbox) Listing() *pop3.Listing {
	all := l.Mailbox.Listing()
	if l.loaded > 0 {
		return all
	}
	return pop3.ListingOf(unread(all.Len()), pop3.NewTotals(all.Octets(), all.Last(), all.HasUIDLs()))
}

// talkLazy holds a dialogue with a server of a lazy mailbox, and returns what it says
// after the login, and its log.
func talkLazy(t *testing.T, box *lazyMailbox, expire pop3.Expire, commands string) (said, log string) {
	t.Helper()
	drop := pop3test.NewMemory("one", "two")
	var text strings.Builder
	server := pop3.NewServer(&pop3.Backend{
		Authenticator: joe{},
		Open: func(context.Context, *pop3.Account, *pop3.Client) (m pop3.Mailbox, err error) {
			box.Mailbox, err = drop.Open()
			return box, err
		},
		CommandTimeout: time.Minute, ConnectionKeepTime: time.Hour, Expire: expire,
	}, 1, slog.New(slog.NewTextHandler(&text, nil)), nil)
	ours, theirs := net.Pipe()
	go func() { _, _ = io.WriteString(ours, "USER joe\r\nPASS x\r\n"+commands) }()
	done := make(chan error)
	go func() { done <- server.ServeConn(theirs, pop3.Port{}, nil) }()
	answers, err := io.ReadAll(ours)
	if err = errors.Join(err, <-done); err != nil {
		t.Fatal(err)
	}
	server.Close()
	return strings.Join(strings.SplitAfterN(string(answers), "\r\n", 4)[3:], ""), text.String()
}

// A session that asks for no message does not load any.
func TestLoadOnlyIfNeeded(t *testing.T) {
	const bye = "+OK server signing off\r\n"
	for commands, want := range map[string]string{
		"STAT\r\nNOOP\r\nRSET\r\nQUIT\r\n":             "+OK 2 10\r\n+OK\r\n+OK\r\n" + bye,
		"DELE 9\r\nLIST\r\nDELE 1\r\nSTAT\r\nQUIT\r\n": "-ERR no such message\r\n+OK 2 messages (10 octets)\r\n1 5\r\n2 5\r\n.\r\n+OK message deleted\r\n+OK 1 5\r\n" + bye,
		"LIST 2\r\nLAST\r\nQUIT\r\n":                   "+OK 2 5\r\n+OK 0\r\n" + bye,
		"UIDL 3\r\nTOP 1 0\r\nQUIT\r\n":                "-ERR no such message\r\n+OK\r\none\r\n.\r\n" + bye,
		"RETR 1\r\nQUIT\r\n":                           "+OK 5 octets\r\none\r\n.\r\n" + bye,
	} {
		box := &lazyMailbox{}
		said, log := talkLazy(t, box, "0", commands)
		if said != want || strings.Contains(log, "session error") {
			t.Errorf("%q: %q, want %q; log %s", commands, said, want, log)
		}
		if needs := !strings.HasPrefix(commands, "STAT"); needs != (box.loaded > 0) {
			t.Errorf("%q: loaded %d times", commands, box.loaded)
		}
	}
}

// Without its messages a session goes on, unless the mailbox is lost.
func TestLoadFails(t *testing.T) {
	const failed = "-ERR [SYS/TEMP] service unavailable, try again later\r\n"
	said, log := talkLazy(t, &lazyMailbox{err: io.ErrUnexpectedEOF}, "5", "LIST\r\nSTAT\r\nQUIT\r\n")
	if want := failed + "+OK 2 10\r\n+OK server signing off\r\n"; said != want || !strings.Contains(log, "list messages: unexpected EOF") {
		t.Errorf("%q, want %q; log %s", said, want, log)
	}
	said, log = talkLazy(t, &lazyMailbox{err: fmt.Errorf("test: %w", pop3.ErrMailboxLost)}, "", "STAT\r\nLIST\r\nSTAT\r\n")
	if want := "+OK 2 10\r\n" + failed; said != want || !strings.Contains(log, `reason="mailbox lost"`) {
		t.Errorf("%q, want %q; log %s", said, want, log)
	}
}

// A client that reads an error reply to an optional command forgets what it has fetched: the
// session ends without one.
func TestLoadFailsSilently(t *testing.T) {
	for _, command := range []string{"UIDL", "UIDL 1", "uidl", "LAST"} {
		for _, err := range []error{io.ErrUnexpectedEOF, pop3.ErrPermanent, fmt.Errorf("test: %w", pop3.ErrMailboxLost)} {
			said, log := talkLazy(t, &lazyMailbox{err: err}, "", "STAT\r\n"+command+"\r\nSTAT\r\n")
			if said != "+OK 2 10\r\n" || !strings.Contains(log, "list messages: ") || !strings.Contains(log, `reason="mailbox lost"`) {
				t.Errorf("%s, %v: %q; log %s", command, err, said, log)
			}
		}
	}
}
