package watchdog

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"net"
	"net/textproto"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"tpops/pkg/acceptor"
	"tpops/pkg/pop3"
)

// Only the user of the self test may log in, with a password that is new for each
// mailbox.
func TestAuthenticate(t *testing.T) {
	dir := t.TempDir()
	m, err := newMailbox(dir)
	if err != nil {
		t.Fatal(err)
	}
	other, err := newMailbox(dir)
	if err != nil {
		t.Fatal(err)
	}
	if m.password == other.password || m.account.Maildrop == other.account.Maildrop {
		t.Error("two mailboxes share a password or a path")
	}
	if a, err := m.Authenticate(t.Context(), pop3.Attempt{Login: m.account.Name, Password: m.password}); err != nil || a.Maildrop != m.account.Maildrop || a.UID != -1 {
		t.Errorf("%+v, %v", a, err)
	}
	for _, login := range [][2]string{{m.account.Name, ""}, {m.account.Name, other.password}, {"root", m.password}, {"", ""}} {
		if a, err := m.Authenticate(t.Context(), pop3.Attempt{Login: login[0], Password: login[1]}); !errors.Is(err, pop3.ErrAuth) || a != nil {
			t.Errorf("%q: %+v, %v", login, a, err)
		}
	}
	m.remove()
	if _, err := os.Stat(m.account.Maildrop); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("the mailbox still exists: %v", err)
	}
	m.remove() // Removing it twice has no effect.
	(*mailbox)(nil).remove()
}

// removeOld removes mailboxes of the self test and nothing else.
func TestRemoveOld(t *testing.T) {
	dir := t.TempDir()
	for _, name := range []string{prefix + "1", prefix + "2", "other", "not-" + prefix} {
		if err := os.MkdirAll(filepath.Join(dir, name, "cur"), 0o700); err != nil {
			t.Fatal(err)
		}
	}
	removeOld(dir)
	left, err := os.ReadDir(dir)
	if err != nil || len(left) != 2 || left[0].Name() != "not-"+prefix || left[1].Name() != "other" {
		t.Errorf("left %v, %v", left, err)
	}
	removeOld(filepath.Join(dir, "missing")) // has no effect
}

// Each reply that is not +OK, and each other message, fails the test with its reason.
func TestFetch(t *testing.T) {
	message := "+OK\r\nSubject: self test\r\n\r\nThe daemon serves mail.\r\n.\r\n"
	tests := []struct{ name, server, want string }{
		{"success", "+OK\r\n+OK\r\n+OK\r\n" + message + "+OK\r\n", ""},
		{"no greeting", "", "EOF"},
		{"temporary error", "-ERR [SYS/TEMP] try again\r\n", "-ERR [SYS/TEMP] try again"},
		{"login refused", "+OK\r\n+OK\r\n-ERR [AUTH]\r\n", "-ERR [AUTH]"},
		{"no message", "+OK\r\n+OK\r\n+OK\r\n-ERR no such message\r\n", "-ERR no such message"},
		{"another message", "+OK\r\n+OK\r\n+OK\r\n+OK\r\nSubject: x\r\n.\r\n", "the message has changed"},
		{"half a message", "+OK\r\n+OK\r\n+OK\r\n+OK\r\nSubject: self test\r\n", "unexpected EOF"},
		{"QUIT refused", "+OK\r\n+OK\r\n+OK\r\n" + message + "-ERR not removed\r\n", "-ERR not removed"},
	}
	m := &mailbox{account: pop3.Account{Name: "selftest"}, password: "x"}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got := ""
			if err := m.fetch(textproto.NewConn(script{strings.NewReader(tt.server)})); err != nil {
				got = err.Error()
			}
			if got != tt.want {
				t.Errorf("%q, want %q", got, tt.want)
			}
		})
	}
}

// script is a server that sends its replies whatever the client writes.
type script struct{ io.Reader }

func (script) Write(p []byte) (int, error) { return len(p), nil }
func (script) Close() error                { return nil }

// A mailbox that was removed or damaged is made again after one failed test.
func TestRunMakesMailboxAgain(t *testing.T) {
	t.Parallel()
	o, m := newServer(t)
	m.remove()
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	pings := 0
	var log strings.Builder
	o.Interval, o.Log = minInterval, slog.New(slog.NewTextHandler(&log, nil))
	o.Alive = func() error {
		switch pings++; pings {
		case 1:
			removeOld(o.Directory) // as systemd-tmpfiles does
		case 2:
			cancel()
		}
		return nil
	}
	Run(ctx, *o)
	if got := strings.Count(log.String(), "self-test failed"); pings != 2 || got != 1 {
		t.Errorf("%d pings, %d failures:\n%s", pings, got, &log)
	}
	if left, err := os.ReadDir(o.Directory); err != nil || len(left) > 0 {
		t.Errorf("left %v, %v", left, err)
	}
}

// An error of Alive is logged.
func TestRunAliveError(t *testing.T) {
	t.Parallel()
	o, _ := newServer(t)
	var log strings.Builder
	o.Log = slog.New(slog.NewTextHandler(&log, nil))
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	calls := 0
	o.Interval = minInterval
	o.Alive = func() error {
		if calls++; calls > 1 {
			cancel()
			return nil
		}
		return errors.New("no service manager")
	}
	Run(ctx, *o)
	if !strings.Contains(log.String(), "no service manager") {
		t.Errorf("log:\n%s", &log)
	}
}

// A full server with many ports passes: each port gets a share of the time.
func TestPingFullManyPorts(t *testing.T) {
	t.Parallel()
	o, m := newServer(t)
	for !o.Server.Full() {
		conn, err := net.Dial("tcp", o.Listeners[0].Addr().String())
		if err != nil {
			t.Fatal(err)
		}
		defer conn.Close()
		if _, err := conn.Read(make([]byte, 3)); err != nil {
			t.Fatal(err)
		}
	}
	o.Listeners = nil
	for range 30 {
		o.Listeners = append(o.Listeners, listen(t))
	}
	pings := 0
	o.Interval = 3 * minInterval // The waits take most of it; the last port has a tenth of a third.
	o.Alive = func() error { pings++; return nil }
	if err := o.ping(m); err != nil || pings != 1 {
		t.Errorf("%v, %d pings", err, pings)
	}
}

// ownConn gives the server a backend that knows only the user of the self test.
func TestOwnConn(t *testing.T) {
	b := &pop3.Backend{}
	_, theirs := net.Pipe()
	defer theirs.Close()
	var conn net.Conn = &ownConn{theirs, b}
	if own, ok := conn.(pop3.BackendConn); !ok || own.Backend() != b {
		t.Error("the server does not get the backend")
	}
}

// A connection that the loop accepts late is not served twice.
func TestPingLateAccept(t *testing.T) {
	t.Parallel()
	o, m := newServer(t)
	l := listen(t)
	o.Listeners = []*acceptor.Listener{l}
	o.Interval = minInterval
	o.Alive = func() error { t.Error("ping"); return nil }
	err := o.ping(m) // No loop accepts from l.
	if !errors.Is(err, errNotAccepted) {
		t.Errorf("%v", err)
	}
	_, other := net.Pipe()
	defer other.Close()
	l.Insert(other)
	if got, err := l.Accept(); got != other || err != nil {
		t.Errorf("the loop got %v, %v: the connection of the self test was not withdrawn", got, err)
	}
}
