//go:build integration

package dovecot

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync/atomic"
	"testing"

	"tpops/test/clients"
	"tpops/test/daemon"
	"tpops/test/fixture"
)

// startIMAP starts an IMAP server of Dovecot's for the Maildirs of its users.
func startIMAP(t *testing.T) *Server {
	t.Helper()
	return StartWith(t, "imap", "mail_fsync = never\n")
}

// flagging has Dovecot mark all messages as read and as unread, again and
// again, until stop is called.
func flagging(t *testing.T, d *Server) (stop func() int) {
	t.Helper()
	c := imapOf(t, d.Addr, 0, d.Log)
	var ends atomic.Bool
	done := make(chan int)
	go func() {
		rounds := 0
		defer func() { done <- rounds }()
		for ; !ends.Load(); rounds++ {
			if _, err := c.Command(`STORE 1:* ` + []string{"+", "-"}[rounds%2] + `FLAGS.SILENT (\Seen)`); err != nil {
				t.Error(err)
				return
			}
		}
	}()
	return func() int {
		ends.Store(true)
		return <-done
	}
}

// flagged is a Maildir that Dovecot and this server serve, with messages in
// new and cur, and the UIDLs that they have.
func flagged(t *testing.T, count int) (*Server, *daemon.Daemon, []string) {
	t.Helper()
	imapd := startIMAP(t)
	texts := slices.Repeat([]string{"Subject: a message\n\ntext\n"}, count)
	imapd.Deliver(t, 0, texts)
	var want []string
	for i := range texts {
		want = append(want, MessageName(i))
		if i%10 > 0 {
			continue
		}
		from := filepath.Join(imapd.Maildir(0), "cur", MessageName(i)+":2,")
		if err := os.Rename(from, filepath.Join(imapd.Maildir(0), "new", MessageName(i))); err != nil {
			t.Fatal(err)
		}
	}
	users := fixture.Write(t, "users", fmt.Sprintf("%s:{PLAIN}%s:::::userdb_mail=maildir:%s\n", fixture.User, fixture.Password, imapd.Maildir(0)))
	return imapd, fixture.Start(t, "--auth-type=passwd-file", "--passwd-file="+users, "--maildir-use-filesize=yes", "--uidl-mismatch=accept"), want
}

// Polls find every message while Dovecot marks all as read and unread. A login
// that is refused because the mailbox does not settle is honest, but few may be.
func TestPollsBesideIMAP(t *testing.T) {
	const polls = 20
	imapd, d, want := flagged(t, 10_000)
	stop := flagging(t, imapd)
	refused := 0
	for range polls {
		all, err := fixture.Poll(d)
		switch {
		case err != nil && strings.Contains(err.Error(), "[SYS/TEMP]"):
			refused++
		case err != nil:
			t.Error(err)
		case !slices.Equal(all, want):
			t.Errorf("%d messages, want %d; missing: %v", len(all), len(want), whereAre(imapd, want, all))
		}
	}
	if refused > polls/2 {
		t.Errorf("%d of %d polls were refused", refused, polls)
	}
	if rounds := stop(); rounds < 2 {
		t.Errorf("all were flagged %d times only", rounds)
	} else {
		t.Logf("all were flagged %d times", rounds)
	}
}

// whereAre returns the files of the messages that are missing in a list.
func whereAre(imapd *Server, want, listed []string) []string {
	have := map[string]bool{}
	for _, uidl := range listed {
		have[uidl] = true
	}
	var files []string
	for _, name := range want {
		if !have[name] {
			found, _ := filepath.Glob(filepath.Join(imapd.Maildir(0), "*", name+"*")) // The pattern is good.
			files = append(files, name+":", strings.Join(found, " "))
		}
	}
	return files
}

// A client that keeps its mail on the server fetches each message once.
func TestKeepBesideIMAP(t *testing.T) {
	imapd, d, want := flagged(t, 3_000)
	j := clients.NewJob(t, d, clients.OnlyNew)
	stop := flagging(t, imapd)
	for _, want := range []int{len(want), 0, 0, 0, 0, 0} {
		if got := len(clients.MPOP(t, j)); got != want {
			t.Errorf("%d messages were fetched, want %d", got, want)
		}
	}
	t.Logf("all were flagged %d times", stop())
}
