//go:build integration

package migration

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"tpops/pkg/compressed"
	"tpops/test/clients"
	"tpops/test/dovecot"
	"tpops/test/fixture"
)

// settings24 are those of Dovecot 2.4 that decide about UIDLs, each with another way to
// compress mail.
var settings24 = map[string]string{
	"default": compressing24("zstd"),
	"saved":   compressing24("gz") + "pop3_save_uidl = yes\npop3_uidl_format = %{uidvalidity}.%{uid}\n",
	"GUID":    compressing24("lz4") + "pop3_uidl_format = %{guid}\n",
}

func compressing24(method string) string {
	return "mail_plugins {\n  mail_compress = yes\n}\nmail_compress_write_method = " + method + "\n"
}

// startDovecot24 starts a Dovecot 2.4 on the Maildirs of a site.
func startDovecot24(t *testing.T, s site, settings string) *dovecot.Server24 {
	t.Helper()
	var users strings.Builder
	for i := range s.mailboxes {
		fmt.Fprintf(&users, "%s:{PLAIN}%s:%d:%d::%s::\n", loginOf(i), fixture.Password, clients.Nobody, clients.Nobody, s.maildir(i))
	}
	return dovecot.Start24(t, s.dir, users.String(), settings)
}

// TestThereAndBackDovecot24 moves mailboxes of the Dovecot of Debian 13 to TPOPS and back:
// with holes, flags, renamed files, saved UIDLs and compressed mail.
func TestThereAndBackDovecot24(t *testing.T) {
	dovecot.Need24(t)
	for name, settings := range settings24 {
		t.Run(name, func(t *testing.T) {
			s, moved, f := newSiteOf(t, 4, 170), newSiteOf(t, 4, 170), newFront(t) // A half more comes later.
			jobs := clientJobs(t, f)
			var shown [][]string
			conf := filepath.Join(s.dir, "doveconf")
			t.Run("moving", func(t *testing.T) {
				old := startDovecot24(t, s, settings)
				if err := os.WriteFile(conf, []byte(old.Doveconf(t)), 0o600); err != nil {
					t.Fatal(err)
				}
				fill(t, s, old.Addr)
				saveCompressed(t, s, old)
				editList(t, s, old.Addr, listAll(t, s, old.Addr))
				f.target.Store(&old.Addr)
				shown = listAll(t, s, old.Addr)
				wantFetched(t, jobs, len(shown[0]))
				s.copyTo(t, moved)
				d := move(t, moved, shown, true, "--from", "dovecot", "--doveconf", conf)
				verifyAll(t, s, old.Addr, d.Addr)
				f.target.Store(&d.Addr)
				wantFetched(t, jobs, 0)
				shown = use(t, moved, d, jobs)
			})
			export(t, moved, "dovecot", "--doveconf", conf)
			wantBack(t, moved, f, startDovecot24(t, moved, settings).Addr, shown, jobs)
		})
	}
}

// saveCompressed has Dovecot deliver some messages to each mailbox, and checks that it
// compresses them.
func saveCompressed(t *testing.T, s site, d *dovecot.Server24) {
	t.Helper()
	const count = 4
	for i := range s.mailboxes {
		before := countCompressed(t, s, i)
		for n := range count {
			text := fmt.Sprintf("From: a@example.org\nSubject: compressed %d of %d\n\n%s", n, i, strings.Repeat("a line that comes again\n", 10+n*1000))
			d.Save(t, loginOf(i), text)
		}
		if got := countCompressed(t, s, i) - before; got != count {
			t.Fatalf("mailbox %d: %d of %d messages are compressed", i, got, count)
		}
	}
}

// countCompressed returns how many messages of a mailbox are compressed.
func countCompressed(t *testing.T, s site, i int) int {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(s.maildir(i), "[nc][eu][wr]", "*"))
	if err != nil {
		t.Fatal(err)
	}
	return len(slices.DeleteFunc(files, func(file string) bool {
		content, err := os.ReadFile(file)
		return err != nil || compressed.Recognise(content[:min(len(content), compressed.HeadOctets)]) == compressed.Plain
	}))
}

// verifyAll checks that all mailboxes of a site are equal on both servers.
func verifyAll(t *testing.T, s site, against, server string) {
	t.Helper()
	var users strings.Builder
	for i := range s.mailboxes {
		fmt.Fprintf(&users, "%s\t%s\n", loginOf(i), fixture.Password)
	}
	code, stdout, stderr := fixture.RunTpopsctl(t, "verify", "--against", against, "--server", server, "--tls", "no", "--users", fixture.Write(t, "users", users.String()))
	if code != 0 || !strings.Contains(stdout, fmt.Sprintf("users: %d equal\n", s.mailboxes)) {
		t.Errorf("verify: exit status %d\n%s%s", code, stdout, stderr)
	}
}
