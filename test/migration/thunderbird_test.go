//go:build integration

package migration

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"tpops/test/clients"
	"tpops/test/fixture"
)

// newThunderbird returns a Thunderbird for a mailbox of a site, which leaves mail on the
// server. It knows all servers by one name.
func newThunderbird(t *testing.T, i int) *clients.Thunderbird {
	t.Helper()
	return &clients.Thunderbird{File: filepath.Join(t.TempDir(), "popstate.dat"), Host: "mail.example.org", User: loginOf(i), Leave: true}
}

// wantDone has it check for mail, and checks how many messages it fetches and deletes.
func wantDone(t *testing.T, b *clients.Thunderbird, addr string, now time.Time, fetched, deleted int) clients.Fetched {
	t.Helper()
	done, err := b.Check(addr, fixture.Password, now)
	if err != nil || len(done.Fetched) != fetched || len(done.Deleted) != deleted {
		t.Fatalf("fetched %d %.200q, deleted %d %.200q, %v; want %d and %d\n%.300s",
			len(done.Fetched), done.Fetched, len(done.Deleted), done.Deleted, err, fetched, deleted, fixture.Read(t, b.File))
	}
	return done
}

// oddUIDLs are saved UIDLs with the characters that may be in one, and one as long as
// POP3 allows.
var oddUIDLs = []string{"!", "*mail.example.org", "#comment", "k", "d:1,2;", `"'\+&%<>{}~`, strings.Repeat("x", 70)}

// odd gives messages of mailbox 0, which has a list of Dovecot's, odd UIDLs, and the
// last of them one that is longer than POP3 allows.
func (s site) odd(t *testing.T) {
	t.Helper()
	file := filepath.Join(s.maildir(0), "dovecot-uidlist")
	lines := strings.SplitAfter(fixture.Read(t, file), "\n")
	for n, uidl := range append(slices.Clone(oddUIDLs), strings.Repeat("y", 71)) {
		uid, rest, _ := strings.Cut(lines[n+1], " ")
		lines[n+1] = uid + " P" + uidl + " " + rest
	}
	if err := os.WriteFile(file, []byte(strings.Join(lines, "")), 0o600); err != nil {
		t.Fatal(err)
	}
	fixture.Command(t, "rm", "-f", filepath.Join(s.maildir(0), "dovecot.index.cache"))
}

// TestThunderbird moves the mailbox of a Thunderbird to TPOPS and back: it fetches no
// message again but the one with a UIDL that POP3 does not allow, of which the report
// says so, and deletes the same messages at both servers.
func TestThunderbird(t *testing.T) {
	s, now := newSiteOf(t, 1, 40), time.Unix(1800000000, 0)
	b := newThunderbird(t, 0)
	total := 0
	t.Run("before", func(t *testing.T) {
		d := startDovecot(t, s, "")
		s.deliver(t, 0, 0, s.messages)
		listAll(t, s, d.Addr)
		s.odd(t)
		total = len(list(t, d.Addr, loginOf(0)))
		wantDone(t, b, d.Addr, now, total, 0)
		wantDone(t, b, d.Addr, now, 0, 0)
	})
	conf := s.config(t)
	code, stdout, stderr := fixture.RunTpopsctl(t, "import", "--from", "dovecot", "--users", "--config", conf, "--apply")
	if code != 1 || !strings.Contains(stdout, "1 will be downloaded again; 1 have a UIDL that POP3 does not allow") {
		t.Fatalf("import: exit status %d\n%s%s", code, stdout, stderr)
	}
	t.Run("served", func(t *testing.T) {
		d := fixture.Start(t, "--config="+conf)
		wantDone(t, b, d.Addr, now, 1, 0)
		wantDone(t, b, d.Addr, now, 0, 0)
		mark(t, b, now, "*mail.example.org", clients.StateDelete) // The user has deleted it.
		mark(t, b, now, "k", clients.StateFetch)
		done := wantDone(t, b, d.Addr, now, 1, 1)
		if done.Deleted[0] != "*mail.example.org" || done.Fetched[0] != "k" {
			t.Errorf("%q", done)
		}
		s.deliver(t, 0, 5000, 3)
		wantDone(t, b, d.Addr, now.Add(24*time.Hour), 3, 0)
	})
	export(t, s, "dovecot")
	d := startDovecot(t, s, "")
	wantDone(t, b, d.Addr, now.Add(24*time.Hour), 0, 0)
	b.Days = 7 // All but the three that came later are older than that.
	wantDone(t, b, d.Addr, now.Add(7*24*time.Hour+time.Minute), 0, total-1)
	b.Leave = false
	wantDone(t, b, d.Addr, now.Add(7*24*time.Hour+time.Minute), 0, 3)
}

// mark changes what the file says of a message, as the program does when the user
// deletes it, or asks for the rest of it.
func mark(t *testing.T, b *clients.Thunderbird, now time.Time, uidl string, letter byte) {
	t.Helper()
	states, err := b.Read(now)
	state, known := states[uidl]
	if err != nil || !known {
		t.Fatalf("%q is not in the file: %v", uidl, err)
	}
	state.Letter = letter
	states[uidl] = state
	if err := b.Write(states); err != nil {
		t.Fatal(err)
	}
}

// TestThunderbirdFile reads a popstate.dat as the program writes it: of several accounts,
// with comments, tabs, lines without time and lines that are none.
func TestThunderbirdFile(t *testing.T) {
	b := newThunderbird(t, 0)
	text := "# POP3 State File\n# This is a generated file!  Do not edit.\n\nk before 1\n*pop.example.org user\nk other 1\n" +
		"*mail.example.org " + b.User + "\r\nk one 1700000000\r\nd\ttwo\t1700000001\nf three\nb four x\nx five 1\nk\n#k six 1\n*mail.example.org other\nk seven 1\n"
	if err := os.WriteFile(b.File, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	now := time.Unix(1800000000, 0)
	states, err := b.Read(now)
	if got := fmt.Sprint(states); err != nil || got != "map[four:{98 0} one:{107 1700000000} three:{102 1800000000} two:{100 1700000001}]" {
		t.Errorf("%s, %v", got, err)
	}
	if err := b.Write(states); err != nil {
		t.Fatal(err)
	}
	if again, err := b.Read(now); err != nil || fmt.Sprint(again) != fmt.Sprint(states) {
		t.Errorf("written and read: %v, %v", again, err)
	}
}
