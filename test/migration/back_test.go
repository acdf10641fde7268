//go:build integration

package migration

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"tpops/test/clients"
	"tpops/test/daemon"
	"tpops/test/fixture"
)

// use uses mailboxes that TPOPS serves: mail comes, also some that is older by its name,
// clients fetch and some is deleted. It returns what TPOPS lists then.
func use(t *testing.T, s site, d *daemon.Daemon, jobs map[string]*clients.Job) [][]string {
	t.Helper()
	for i := range s.mailboxes {
		s.deliver(t, i, 5000, 3)
		if i%2 == 1 {
			s.deliverOld(t, i)
		}
	}
	wantFetched(t, jobs, 3)
	for i := range s.mailboxes {
		c, _, err := daemon.Dial(d.Addr)
		if err != nil {
			t.Fatal(err)
		}
		session := fixture.Session{Client: c, T: t}
		session.OK("USER " + loginOf(i))
		session.OK("PASS " + fixture.Password)
		for _, n := range []int{2, 3 + i, 90} {
			session.OK(fmt.Sprintf("DELE %d", n))
		}
		session.OK("QUIT")
		c.Close()
	}
	return listAll(t, s, d.Addr)
}

// deliverOld writes a message whose name is older than all others into a mailbox.
func (s site) deliverOld(t *testing.T, i int) {
	t.Helper()
	file := filepath.Join(s.maildir(i), "new", "1600000000.old")
	if err := os.WriteFile(file, []byte("From: x\n\nold\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	s.own(t, s.maildir(i))
}

// sums returns the checksums of all files in the mailboxes of a site.
func sums(t *testing.T, s site) string {
	t.Helper()
	out, err := exec.Command("sh", "-c", "cd "+s.dir+" && find mail* -type f | sort | xargs sha256sum").Output()
	if err != nil {
		t.Fatal(err)
	}
	return string(out)
}

// export writes the lists of a server for all mailboxes, after a dry run that changes
// nothing.
func export(t *testing.T, s site, to string, more ...string) (report string) {
	t.Helper()
	args := append([]string{"export", "--to", to, "--users", "--config", s.config(t)}, more...)
	before := sums(t, s)
	code, stdout, stderr := fixture.RunTpopsctl(t, args...)
	if code != 0 || !strings.Contains(stdout, "nothing was changed") {
		t.Fatalf("dry run: exit status %d\n%s%s", code, stdout, stderr)
	}
	if after := sums(t, s); after != before {
		t.Errorf("a dry run changed files")
	}
	code, stdout, stderr = fixture.RunTpopsctl(t, append(args, "--apply")...)
	if code != 0 || !strings.Contains(stdout, fmt.Sprintf("mailboxes: %d exported\n", s.mailboxes)) {
		t.Fatalf("export: exit status %d\n%s%s", code, stdout, stderr)
	}
	again, stdoutAgain, stderr := fixture.RunTpopsctl(t, append(args, "--apply")...)
	if again != 0 || !strings.Contains(stdoutAgain, fmt.Sprintf("mailboxes: %d nothing to do\n", s.mailboxes)) {
		t.Errorf("export again: exit status %d\n%s%s", again, stdoutAgain, stderr)
	}
	return stdout
}

// wantBack checks that the old server shows what TPOPS showed, and that clients fetch
// only what comes then.
func wantBack(t *testing.T, s site, f *front, addr string, shown [][]string, jobs map[string]*clients.Job) {
	t.Helper()
	f.target.Store(&addr)
	for i, now := range listAll(t, s, addr) {
		if !slices.Equal(now, shown[i]) {
			t.Errorf("mailbox %d: %d UIDLs %.300q\nTPOPS showed %d %.300q", i, len(now), now, len(shown[i]), shown[i])
		}
	}
	wantFetched(t, jobs, 0)
	for i := range s.mailboxes {
		s.deliver(t, i, 6000, 2)
	}
	wantFetched(t, jobs, 2)
	for i, now := range listAll(t, s, addr) {
		slices.Sort(now)
		if len(now) != len(shown[i])+2 || len(slices.Compact(now)) != len(shown[i])+2 {
			t.Errorf("mailbox %d: %d UIDLs after new mail", i, len(now))
		}
	}
}

// TestBackToDovecot moves mailboxes of a real Dovecot to TPOPS and back. One of them has
// lost its list meanwhile.
func TestBackToDovecot(t *testing.T) {
	for name, settings := range map[string]string{
		"default": "",
		"saved":   "pop3_save_uidl = yes\npop3_uidl_format = %v.%u\n",
		"GUID":    "pop3_uidl_format = %g\n",
	} {
		t.Run(name, func(t *testing.T) {
			s, f := newSite(t), newFront(t)
			conf := fixture.Write(t, "doveconf", "# 2.3.19\n"+settings)
			jobs := clientJobs(t, f)
			var shown [][]string
			t.Run("before", func(t *testing.T) {
				d := startDovecot(t, s, settings)
				shown = fill(t, s, d.Addr)
				editList(t, s, d.Addr, shown)
				f.target.Store(&d.Addr)
				wantFetched(t, jobs, len(shown[0]))
				shown = listAll(t, s, d.Addr)
			})
			t.Run("served", func(t *testing.T) {
				d := move(t, s, shown, true, "--from", "dovecot", "--doveconf", conf)
				f.target.Store(&d.Addr)
				shown = use(t, s, d, jobs)
			})
			if name == "default" {
				if err := os.Remove(filepath.Join(s.maildir(4), "dovecot-uidlist")); err != nil {
					t.Fatal(err)
				}
			}
			report := export(t, s, "dovecot", "--doveconf", conf)
			if name == "default" && !strings.Contains(report, "with the number in their UIDL") {
				t.Error(report)
			}
			wantBack(t, s, f, startDovecot(t, s, settings).Addr, shown, jobs)
		})
	}
}

// TestBackToCourier does so with a real Courier.
func TestBackToCourier(t *testing.T) {
	s, f := newSite(t), newFront(t)
	addr := newCourier(t, s).Addr().String()
	f.target.Store(&addr)
	shown := fill(t, s, addr)
	jobs := clientJobs(t, f)
	wantFetched(t, jobs, len(shown[0]))
	shown = listAll(t, s, addr)
	t.Run("served", func(t *testing.T) {
		d := move(t, s, shown, true, "--from", "courier")
		f.target.Store(&d.Addr)
		for i := range s.mailboxes {
			s.deliver(t, i, 5000, 3)
		}
		wantFetched(t, jobs, 3)
		shown = listAll(t, s, d.Addr)
	})
	export(t, s, "courier")
	wantBack(t, s, f, addr, shown, jobs)
}
