package eventlog

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"net"
	"slices"
	"strings"
	"testing"
	"time"

	"tpops/pkg/pop3"
	"tpops/pkg/pop3/pop3test"
)

// one is a user database with one password.
type one string

// Authenticate accepts each name with this password.
func (p one) Authenticate(_ context.Context, a pop3.Attempt) (*pop3.Account, error) {
	if a.Password != string(p) {
		return nil, fmt.Errorf("user %s: %w", a.Login, pop3.ErrAuth)
	}
	return &pop3.Account{Name: a.Login}, nil
}

// talk runs a session with the server, in which the client sends all commands at once.
func talk(t *testing.T, logger *slog.Logger, drop *pop3test.Memory, commands ...string) {
	t.Helper()
	b := &pop3.Backend{
		Authenticator:      one("secret"),
		Open:               func(context.Context, *pop3.Account, *pop3.Client) (pop3.Mailbox, error) { return drop.Open() },
		CommandTimeout:     time.Minute,
		ConnectionKeepTime: time.Minute,
		Debug:              true,
		LogMessages:        true,
	}
	client, server := net.Pipe()
	done := make(chan struct{})
	go func() {
		defer close(done)
		_, _ = io.Copy(io.Discard, client) // It ends when the server closes.
	}()
	go func() { _, _ = io.WriteString(client, strings.Join(commands, "\r\n")+"\r\n") }()
	if err := pop3.NewServer(b, 1, logger, nil).ServeConn(server, pop3.Port{}, b); err != nil {
		t.Fatal(err)
	}
	<-done
}

// Sessions log what the tables promise: all fields that are always present, and no other
// fields than those listed.
func TestSessions(t *testing.T) {
	there, path := newJournald(t)
	l := openLog(t, Config{Journal: path, Debug: true})
	drop := pop3test.NewMemory("one\n", "two\n", "three\n", "four\n")
	drop.Stick(2)
	drop.Break(3)
	drop.Spoil(4)
	seen := map[string]bool{}
	for _, commands := range [][]string{
		{"USER mrose", "PASS wrong"},
		{"USER mrose", "PASS secret", "RETR 1", "DELE 1", "DELE 2", "QUIT"},
		{"USER mrose", "PASS secret", "RETR 2"},
		{"USER mrose", "PASS secret", "RETR 3", "QUIT"},
	} {
		talk(t, l.Logger(), drop, commands...)
		for end := false; !end; {
			r := there.record(t)
			checkRecord(t, r)
			seen[r["TPOPS_EVENT"]] = true
			end = r["TPOPS_EVENT"] == "session end"
		}
	}
	for _, event := range []pop3.Event{pop3.EventLogin, pop3.EventLoginFailed, pop3.EventRetrieved, pop3.EventDeleted,
		pop3.EventKept, pop3.EventEnd, pop3.EventTrouble, pop3.EventUnreadable, pop3.EventDebug} {
		if !seen[string(event)] {
			t.Errorf("%s was not logged", event)
		}
	}
}

// checkRecord compares a record with the declaration of its kind.
func checkRecord(t *testing.T, r map[string]string) {
	t.Helper()
	k := kindOf[r["TPOPS_EVENT"]]
	if k == nil || r["MESSAGE_ID"] != k.ID {
		t.Fatalf("%v is of no kind", r)
	}
	if !slices.ContainsFunc(k.Levels, func(l slog.Level) bool { return r["PRIORITY"] == fmt.Sprint(Priority(l)) }) {
		t.Errorf("%s: PRIORITY is %s", k.Event, r["PRIORITY"])
	}
	may := map[string]bool{}
	for f := range commonFields() {
		may[f.Name] = true
	}
	for f := range k.Always() {
		may[f.Name] = true
		if r[f.Name] == "" {
			t.Errorf("%s: no %s", k.Event, f.Name)
		}
	}
	for f := range k.Often() {
		may[f.Name] = true
	}
	for name := range r {
		if !may[name] {
			t.Errorf("%s: %s is not in the table", k.Event, name)
		}
	}
}
