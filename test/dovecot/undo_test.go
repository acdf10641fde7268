//go:build integration

package dovecot

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"tpops/test/daemon"
	"tpops/test/fixture"
)

// TestUndoBesideDovecot deletes messages and puts them back while Dovecot serves the same
// Maildir. Dovecot shows no folder of kept messages. Both servers have the UIDLs from
// before, also after Dovecot has seen the mailbox without the messages.
func TestUndoBesideDovecot(t *testing.T) {
	b := startBeside(t, "", "--keep-deleted=1d")
	texts := slices.Repeat([]string{"Subject: a message\n\ntext\n"}, 8)
	b.Deliver(t, 0, texts)
	b.own(b.Maildir(0))
	before := b.same("at first", 0, false)
	config := fixture.Write(t, "tpops.toml", fmt.Sprintf(
		"auth-type = \"passwd-file\"\npasswd-file = %q\nmaildir-uidl = \"dovecot\"\n", strings.TrimPrefix(b.args[1], "--passwd-file=")))
	undo := func() {
		t.Helper()
		if code, out, errs := fixture.RunTpopsctl(t, "undo", "-f", config, "--user=user0"); code != 0 || strings.Contains(out, "UIDL is now") {
			t.Fatalf("exit %d, %s%s", code, out, errs)
		}
	}
	b.deleteAll()
	undo()
	if after := b.poll(b.ours.Addr, 0); !slices.Equal(before, after) {
		t.Errorf("%q instead of %q", after, before)
	}
	b.deleteAll()
	if left := b.same("deleted", 0, false); len(left) != 0 {
		t.Errorf("Dovecot lists %q", left)
	}
	if folders := b.folders(); !slices.Equal(folders, []string{"INBOX"}) {
		t.Errorf("folders %q", folders)
	}
	undo()
	if after := b.same("put back", 0, false); len(after) != len(before) {
		t.Errorf("%q instead of %q", after, before)
	} else {
		for i := range after {
			_, was, _ := strings.Cut(before[i], " ")
			if _, now, _ := strings.Cut(after[i], " "); now != was {
				t.Errorf("message %d has %q instead of %q", i+1, now, was)
			}
		}
	}
}

// deleteAll deletes all messages of a user with TPOPS.
func (b *beside) deleteAll() {
	b.t.Helper()
	c, err := daemon.Login(b.ours.Addr, "user0", fixture.Password)
	if err != nil {
		b.t.Fatal(err)
	}
	defer c.Close()
	for n := 1; ; n++ {
		answer, err := c.Command(fmt.Sprint("DELE ", n))
		if err != nil {
			b.t.Fatal(err)
		}
		if !strings.HasPrefix(answer, "+OK") {
			break
		}
	}
	if answer, err := c.Command("QUIT"); err != nil || !strings.HasPrefix(answer, "+OK") {
		b.t.Fatal(answer, err)
	}
}

// folders returns the folders that Dovecot's IMAP server shows.
func (b *beside) folders() (names []string) {
	b.t.Helper()
	c := imapOf(b.t, b.imap, 0, b.Log)
	if _, err := fmt.Fprint(c, "b LIST \"\" *\r\n"); err != nil {
		b.t.Fatal(err)
	}
	for c.replies.Scan() && !strings.HasPrefix(c.replies.Text(), "b ") {
		if line := c.replies.Text(); strings.HasPrefix(line, "* LIST") {
			names = append(names, strings.Trim(line[strings.LastIndex(line, " ")+1:], "\""))
		}
	}
	return names
}
