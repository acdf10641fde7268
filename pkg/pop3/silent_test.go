package pop3_test

import (
	"context"
	"fmt"
	"io"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"tpops/pkg/pop3"
)

// silentEnds are the ways in which a server ends a session that waits for its client, with
// the reply before the login.
var silentEnds = map[string]struct {
	end   func(t *testing.T, s *pop3.Server)
	reply string
}{
	"stop": {func(t *testing.T, s *pop3.Server) { s.Abandon(s.Suspend(t.Context())...) }, "-ERR [SYS/TEMP] service unavailable, try again later"},
	"state lost": {func(t *testing.T, s *pop3.Server) {
		for _, p := range s.Suspend(t.Context()) {
			s.Abandon(&pop3.Suspended{Conn: p.Conn})
		}
	}, "EOF"},
	"close": {func(_ *testing.T, s *pop3.Server) { s.Close() }, "EOF"},
	"kick": {func(_ *testing.T, s *pop3.Server) {
		s.Kick(func(*pop3.SessionInfo) bool { return true })
	}, "-ERR [SYS/TEMP] service unavailable, try again later"},
	"connection-keep-time": {func(*testing.T, *pop3.Server) { time.Sleep(time.Hour) }, "-ERR connection time exceeded"},
	"command-timeout":      {func(*testing.T, *pop3.Server) { time.Sleep(20 * time.Minute) }, "EOF"},
}

// A client that has logged in takes any reply for the one to its next command. So it gets
// none when the server ends the session, but those to the commands that it has sent.
func TestSilentEnd(t *testing.T) {
	for name, way := range silentEnds {
		for _, sent := range []string{"", "UI", "STAT\r\nUID"} {
			t.Run(fmt.Sprintf("%s after %q", name, sent), func(t *testing.T) {
				serve(t, 2, func(t *testing.T, tr *transcript, s *pop3.Server, l *pipeListener) {
					changed := *tr.backend
					changed.CommandTimeout = 20 * time.Minute
					if name == "connection-keep-time" {
						changed.CommandTimeout = 2 * time.Hour
					}
					s.SetBackend(&changed)
					before, after := dial(t, l), dial(t, l)
					before.want(before.line(), "+OK TPOPS ready.")
					after.login("+OK mrose has 0 messages (0 octets)")
					if _, err := io.WriteString(after, sent); err != nil {
						t.Fatal(err)
					}
					if strings.Contains(sent, "\n") {
						after.want(after.line(), "+OK 0 0")
					}
					synctest.Wait()
					go way.end(t, s)
					before.want(before.line(), way.reply)
					after.want(after.line(), "EOF")
				})
			})
		}
	}
}

// stuckMailbox answers nothing that needs a message.
type stuckMailbox struct{ pop3.Mailbox }

func (stuckMailbox) Load(ctx context.Context) error {
	<-ctx.Done()
	return ctx.Err()
}

// A command that the end of the session interrupts gets its reply, but not one from which the
// client would conclude that there is no such command.
func TestSilentEndAtWork(t *testing.T) {
	const rejected = "-ERR [SYS/TEMP] service unavailable, try again later"
	for command, want := range map[string]string{"LIST": rejected, "RETR 1": rejected, "UIDL": "EOF", "UIDL 1": "EOF", "LAST": "EOF"} {
		for _, name := range []string{"kick", "connection-keep-time"} {
			t.Run(command+" "+name, func(t *testing.T) {
				if want == rejected && name == "connection-keep-time" {
					want = silentEnds[name].reply
				}
				serve(t, 2, func(t *testing.T, tr *transcript, s *pop3.Server, l *pipeListener) {
					tr.drop.Add("one\n")
					stuck := *tr.backend
					stuck.Open = func(context.Context, *pop3.Account, *pop3.Client) (pop3.Mailbox, error) {
						m, err := tr.drop.Open()
						return stuckMailbox{m}, err
					}
					s.SetBackend(&stuck)
					c := dial(t, l)
					c.login("+OK mrose has 1 messages (5 octets)")
					if _, err := io.WriteString(c, command+"\r\n"); err != nil {
						t.Fatal(err)
					}
					synctest.Wait()
					silentEnds[name].end(t, s)
					c.want(c.line(), want)
				})
			})
		}
	}
}
