//go:build integration

package migration

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"tpops/test/clients"
	"tpops/test/fixture"
)

// TestVerify compares a real Dovecot with TPOPS on copies of its mailboxes: before the
// import, after it, with a wrong password, and after a message has gone.
func TestVerify(t *testing.T) {
	s, moved := newSite(t), newSite(t)
	d := startDovecot(t, s, "")
	fill(t, s, d.Addr)
	bare := filepath.Join(s.maildir(1), "new", "1800000000.bare")
	if err := os.WriteFile(bare, []byte("From: x\n\nno line end"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Chown(bare, clients.Nobody, clients.Nobody); err != nil {
		t.Fatal(err)
	}
	before := listAll(t, s, d.Addr)
	s.copyTo(t, moved)
	var users strings.Builder
	for i := range s.mailboxes {
		fmt.Fprintf(&users, "%s\t%s\n", loginOf(i), fixture.Password)
	}
	file := fixture.Write(t, "users", users.String())
	config := moved.config(t)
	tpops := fixture.Start(t, "--config="+config)
	check := func(users string, want int, parts ...string) {
		t.Helper()
		code, stdout, stderr := fixture.RunTpopsctl(t, "verify", "--against", d.Addr, "--server", tpops.Addr, "--tls", "no", "--users", users)
		for _, part := range parts {
			if !strings.Contains(stdout, part) {
				t.Errorf("no %q", part)
			}
		}
		if code != want || t.Failed() {
			t.Fatalf("exit status %d, want %d\n%s%s", code, want, stdout, stderr)
		}
	}
	check(file, 75, fmt.Sprintf("users: %d temporary error\n", s.mailboxes))
	code, stdout, stderr := fixture.RunTpopsctl(t, "import", "--from", "dovecot", "--users", "--config", config, "--apply")
	if code != 0 {
		t.Fatalf("import: %s%s", stdout, stderr)
	}
	check(file, 0, fmt.Sprintf("users: %d equal\n", s.mailboxes), "user1: equal, ", "with a size that one server does not know exactly", "inexact size of UIDL ")
	wantSame(t, s, tpops, before)
	check(fixture.Write(t, "wrong", "user1\twrong\n"), 77, "user1: login refused: old server: ")
	fixture.Command(t, "rm", filepath.Join(s.maildir(1), "cur", "1800000000.bare:2,")) // Dovecot has moved it.
	check(file, 1, "user1: different", "1 would be downloaded again")
}
