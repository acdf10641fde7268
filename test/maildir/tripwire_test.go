//go:build integration

package maildir

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"

	"tpops/test/daemon"
	"tpops/test/fixture"
)

// logIn logs in and returns the UIDLs, or none if the login is to be refused with
// [SYS/TEMP].
func logIn(t *testing.T, d *daemon.Daemon, u fixture.SystemUser, refused bool) []string {
	t.Helper()
	s := fixture.Dial(t, d)
	s.OK("USER " + u.Name)
	if refused {
		s.Want("PASS "+u.Password, `^-ERR \[SYS/TEMP\]`)
		return nil
	}
	s.OK("PASS " + u.Password)
	_, text, err := s.Multi("UIDL")
	if err != nil {
		t.Fatal(err)
	}
	s.OK("QUIT")
	return strings.Fields(string(text))
}

// TestTripwire deletes the tpops_uidl of a system user: logins are refused, tripwire
// shows the mailbox, and the server goes on when the file comes back, or when root
// accepts the new UIDLs. All files belong to the user.
func TestTripwire(t *testing.T) {
	fixture.NeedRoot(t) // auth-type=passwd reads /etc/shadow
	u := fixture.AddSystemUser(t)
	uidl := filepath.Join(u.Box.Dir, "tpops_uidl")
	var lines strings.Builder
	for i, name := range u.Box.Files(t) {
		base, _, _ := strings.Cut(filepath.Base(name), ":")
		fmt.Fprintf(&lines, "%s\told-%d\n", base, i)
	}
	restore := func() {
		if err := os.WriteFile(uidl, []byte(lines.String()), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	restore()
	config := fixture.Write(t, "tpops.toml", "auth-type = \"passwd\"\n")
	d := fixture.Start(t, "--config="+config)
	before := logIn(t, d, u, false)
	for _, kept := range []bool{true, false} {
		if err := os.Remove(uidl); err != nil {
			t.Fatal(err)
		}
		logIn(t, d, u, true)
		wantTripwire(t, config, u, 1)
		if kept {
			restore()
			wantTripwire(t, config, u, 0)
			if now := logIn(t, d, u, false); !slices.Equal(now, before) {
				t.Errorf("UIDLs %q, before %q", now, before)
			}
		}
	}
	fixture.Eventually(t, "the log has the event", func() bool {
		return strings.Contains(d.Log(), "UIDL change refused") && strings.Contains(d.Log(), "tpopsctl accept "+u.Box.Dir)
	})
	code, stdout, stderr := fixture.RunTpopsctl(t, "accept", "-f", config, u.Box.Dir)
	if code != 0 || stdout != u.Box.Dir+": accepted\n" {
		t.Fatalf("accept: exit status %d\n%s%s", code, stdout, stderr)
	}
	wantTripwire(t, config, u, 0)
	if now := logIn(t, d, u, false); len(now) != len(before) || slices.Equal(now, before) {
		t.Errorf("UIDLs %q", now)
	}
	info, err := os.Stat(filepath.Join(u.Box.Dir, "tpops_served"))
	if err != nil {
		t.Fatal(err)
	}
	if stat, ok := info.Sys().(*syscall.Stat_t); !ok || stat.Uid != uint32(u.UID) {
		t.Errorf("tpops_served belongs to %d", stat.Uid)
	}
}

// wantTripwire checks what tripwire finds in the mailbox of a user.
func wantTripwire(t *testing.T, config string, u fixture.SystemUser, refused int) {
	t.Helper()
	code, stdout, stderr := fixture.RunTpopsctl(t, "tripwire", "-f", config, "--logins", fixture.Write(t, "logins", u.Name+"\n"))
	if code != refused || !strings.HasSuffix(stdout, fmt.Sprintf("mailboxes: %d ok, 0 no Maildir, %d would be refused, 0 failed\n", 1-refused, refused)) ||
		strings.Contains(stdout, u.Box.Dir+": would be refused: 3 of 3 messages") != (refused == 1) {
		t.Errorf("tripwire: exit status %d\n%s%s", code, stdout, stderr)
	}
}
