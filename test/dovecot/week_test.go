//go:build integration

package dovecot

import (
	"fmt"
	"math/rand/v2"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"tpops/test/daemon"
	"tpops/test/fixture"
)

// week is what happens to mailboxes that both servers serve.
type week struct {
	*beside
	random   *rand.Rand
	sessions map[int]*IMAP // that stay open, so that Dovecot keeps its list in memory
	name     int           // of the last message
}

// weekUsers is how many users have mail.
const weekUsers = 4

// TestWeekBesideDovecot has Dovecot deliver and serve IMAP, while POP3 is served
// by Dovecot and by us. After each step both list the same UIDLs in the same order,
// whichever of the two looks first.
func TestWeekBesideDovecot(t *testing.T) {
	for format, steps := range map[string]int{"": 150, "%v.%u": 40, "%f": 40} {
		t.Run(format, func(t *testing.T) {
			var more string
			var args []string
			if format != "" {
				more, args = "pop3_uidl_format = "+format+"\n", []string{"--maildir-uidl-format=" + format}
			}
			w := &week{beside: startBeside(t, more, args...), random: rand.New(rand.NewPCG(1, 2)), sessions: map[int]*IMAP{}}
			for user := range weekUsers {
				w.Deliver(t, user, nil)
			}
			most := 0
			for range steps {
				user := w.random.IntN(weekUsers)
				most = max(most, len(w.step(user)))
			}
			if most < 5 {
				t.Errorf("no mailbox had more than %d messages", most)
			}
			for _, fault := range []string{"Error:", "Panic:", "Fatal:", "Warning:"} {
				if strings.Contains(w.Log(), fault) {
					t.Errorf("Dovecot:\n%s", w.Log())
				}
			}
			if strings.Contains(w.ours.Log(), "messages left out") {
				t.Error(w.ours.Log())
			}
		})
	}
}

// step does something to a mailbox, and compares what both list then.
func (w *week) step(user int) []string {
	w.t.Helper()
	actions := []struct {
		name string
		do   func(user int)
	}{
		{"lda", func(user int) { w.lda(user, w.text()) }},
		{"lmtp", w.lmtp},
		{"plain", w.plain},
		{"plain", w.plain},
		{"cur", w.intoCur},
		{"flags", func(user int) { w.imapDo(user, "STORE %d +FLAGS (\\Flagged \\Seen)") }},
		{"unseen", func(user int) { w.imapDo(user, "STORE %d -FLAGS (\\Seen)") }},
		{"keyword", func(user int) { w.imapDo(user, "STORE %d +FLAGS ($Important)") }},
		{"expunge", func(user int) { w.imapDo(user, "STORE %d +FLAGS (\\Deleted)", "EXPUNGE") }},
		{"move", w.away},
		{"copy", func(user int) { w.imapDo(user, "COPY %d INBOX") }},
		{"noop", func(user int) { w.imapDo(user, "NOOP") }},
		{"our DELE", func(user int) { w.fetch(w.ours.Addr, user, true) }},
		{"our RETR", func(user int) { w.fetch(w.ours.Addr, user, false) }},
		{"their DELE", func(user int) { w.fetch(w.Addr, user, true) }},
		{"their RETR", func(user int) { w.fetch(w.Addr, user, false) }},
		{"restart", func(int) { w.restart() }},
	}
	action := actions[w.random.IntN(len(actions))]
	action.do(user)
	return w.same(action.name, user, w.random.IntN(2) == 0)
}

func (w *week) text() string {
	w.name++
	return fmt.Sprintf("From: a@example.org\nSubject: message %d\n\n%s", w.name, strings.Repeat("text\n", w.random.IntN(50)))
}

// plain delivers one or several messages as a program that knows no UIDs: into
// new, with names that are not in the order of delivery.
func (w *week) plain(user int) {
	w.t.Helper()
	for range 1 + w.random.IntN(4) {
		w.name++
		second := 1790000000 + w.random.IntN(1000)
		unique := []string{"M%dP1", "%d_1", "M%dP77", "Q%d"}[w.random.IntN(4)]
		w.put(user, fmt.Sprintf("new/%d.%s.host", second, fmt.Sprintf(unique, w.name)))
	}
}

// intoCur puts a message into cur, as a program that moves it there.
func (w *week) intoCur(user int) {
	w.name++
	w.put(user, fmt.Sprintf("cur/%d.X%d.host:2,%s", 1790000000+w.random.IntN(1000), w.name, []string{"", "S", "FRS"}[w.random.IntN(3)]))
}

func (w *week) put(user int, name string) {
	w.t.Helper()
	temp := filepath.Join(w.Maildir(user), "tmp", filepath.Base(name))
	if err := os.WriteFile(temp, []byte(w.text()), 0o600); err != nil {
		w.t.Fatal(err)
	}
	w.own(temp)
	if err := os.Rename(temp, filepath.Join(w.Maildir(user), name)); err != nil {
		w.t.Fatal(err)
	}
}

// lmtp has Dovecot's LMTP server deliver a message.
func (w *week) lmtp(user int) {
	w.t.Helper()
	conn, err := net.Dial("unix", filepath.Join(w.dir, "lmtp"))
	if err != nil {
		w.t.Fatalf("%v\n%s", err, w.Log())
	}
	defer conn.Close()
	c := daemon.NewClient(conn)
	c.Line() // What is wrong shows in the answers.
	for _, command := range []string{"LHLO x", "MAIL FROM:<a@example.org>", fmt.Sprintf("RCPT TO:<user%d>", user), "DATA", strings.ReplaceAll(w.text(), "\n", "\r\n") + "\r\n."} {
		answer, err := c.Command(command)
		for err == nil && len(answer) > 3 && answer[3] == '-' {
			answer, err = c.Line()
		}
		if err != nil || answer[0] != '2' && answer[0] != '3' {
			w.t.Fatalf("%s: %q, %v\n%s", command, answer, err, w.Log())
		}
	}
}

// imapDo sends commands in a session that stays open. A number in them is that of
// a message; without messages nothing is done.
func (w *week) imapDo(user int, commands ...string) {
	w.t.Helper()
	c := w.sessions[user]
	if c == nil {
		c = imapOf(w.t, w.imap, user, w.Log)
		w.sessions[user] = c
	}
	if _, err := c.Command("NOOP"); err != nil {
		w.t.Fatal(err)
	}
	if n := w.count(user); n == 0 {
		return
	} else {
		number := 1 + w.random.IntN(n)
		for _, command := range commands {
			if strings.Contains(command, "%d") {
				command = fmt.Sprintf(command, number)
			}
			if _, err := c.Command(command); err != nil {
				w.t.Fatalf("user%d: %v\n%s", user, err, w.Log())
			}
		}
	}
}

// away moves a message to another folder and back: it comes back as a new one,
// with the same name.
func (w *week) away(user int) {
	w.t.Helper()
	if w.count(user) == 0 {
		return
	}
	c := imapOf(w.t, w.imap, user, w.Log)
	defer c.Close()
	c.Command("CREATE Other") // It may be there.
	for _, command := range []string{"MOVE 1 Other", "SELECT Other", "MOVE 1:* INBOX", "LOGOUT"} {
		if _, err := c.Command(command); err != nil {
			w.t.Fatalf("user%d: %v\n%s", user, err, w.Log())
		}
	}
}

// count returns how many messages a mailbox has.
func (w *week) count(user int) int {
	files, err := filepath.Glob(filepath.Join(w.Maildir(user), "cur", "*"))
	if err != nil {
		w.t.Fatal(err)
	}
	fresh, err := filepath.Glob(filepath.Join(w.Maildir(user), "new", "*"))
	if err != nil {
		w.t.Fatal(err)
	}
	return len(files) + len(fresh)
}

// fetch retrieves a message from a server, and perhaps deletes it.
func (w *week) fetch(addr string, user int, deletes bool) {
	w.t.Helper()
	c, err := daemon.Login(addr, fmt.Sprintf("user%d", user), fixture.Password)
	if err != nil {
		w.t.Fatal(err)
	}
	defer c.Close()
	if n := w.count(user); n > 0 {
		number := 1 + w.random.IntN(n)
		if status, _, err := c.Multi(fmt.Sprintf("RETR %d", number)); err != nil || !strings.HasPrefix(status, "+OK") {
			w.t.Fatalf("RETR %d: %q, %v", number, status, err)
		}
		if deletes {
			if answer, err := c.Command(fmt.Sprintf("DELE %d", number)); err != nil || !strings.HasPrefix(answer, "+OK") {
				w.t.Fatalf("DELE %d: %q, %v", number, answer, err)
			}
		}
	}
	if answer, err := c.Command("QUIT"); err != nil || !strings.HasPrefix(answer, "+OK") {
		w.t.Fatalf("QUIT: %q, %v", answer, err)
	}
}
