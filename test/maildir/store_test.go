//go:build integration

package maildir

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"tpops/test/clients"
	"tpops/test/corpus"
	"tpops/test/daemon"
	"tpops/test/fixture"
)

// mountedBox returns a mailbox on a file system of its own, below its mount
// point.
func mountedBox(t *testing.T, below string) (box fixture.Mailbox, mount string) {
	t.Helper()
	fixture.NeedRoot(t)
	mount = t.TempDir()
	if err := syscall.Mount("none", mount, "tmpfs", 0, "size=4m"); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { syscall.Unmount(mount, syscall.MNT_DETACH) })
	box = fixture.Mailbox{Dir: filepath.Join(mount, below), Users: filepath.Join(t.TempDir(), "users")}
	if err := corpus.Write(box.Dir, corpus.Messages(7, 5)); err != nil {
		t.Fatal(err)
	}
	user := daemon.User{Login: fixture.User, Password: "{PLAIN}" + fixture.Password, Maildir: box.Dir}
	if err := daemon.WriteUsers(box.Users, user); err != nil {
		t.Fatal(err)
	}
	return box, mount
}

// refuseLogin logs in and checks the answer.
func refuseLogin(t *testing.T, d *daemon.Daemon, want string) {
	t.Helper()
	s := fixture.Dial(t, d)
	s.OK("USER " + fixture.User)
	s.Want("PASS "+fixture.Password, want)
}

// TestStoreAway unmounts the file system of a mailbox and mounts it again. What
// was moved away and back does the same.
func TestStoreAway(t *testing.T) {
	const temporary = `^-ERR \[SYS/TEMP\]`
	box, mount := mountedBox(t, "example.org/ann")
	d := box.Start(t)
	whole := func() {
		t.Helper()
		s := fixture.LogIn(t, d)
		s.Want("STAT", `^\+OK 5 `)
		s.OK("QUIT")
	}
	whole()
	for _, part := range []string{"cur", "new", "."} {
		path := filepath.Join(box.Dir, part)
		if part == "." {
			path = filepath.Dir(box.Dir)
		}
		if err := os.Rename(path, mount+"/away"); err != nil {
			t.Fatal(err)
		}
		refuseLogin(t, d, temporary)
		if err := os.Rename(mount+"/away", path); err != nil {
			t.Fatal(err)
		}
	}
	whole()
	if err := syscall.Unmount(mount, syscall.MNT_DETACH); err != nil {
		t.Fatal(err)
	}
	refuseLogin(t, d, temporary)
	d.Stop()
	for _, part := range []string{"cur: a directory of the Maildir is missing", "new: a directory of the Maildir is missing",
		`/example.org\" is missing: its file system is not mounted`} {
		if !strings.Contains(d.Log(), part) {
			t.Errorf("log without %q:\n%s", part, d.Log())
		}
	}
}

// TestReadOnlyStore makes a mailbox read-only in both ways. It is refused, and
// the log names the way out.
func TestReadOnlyStore(t *testing.T) {
	for name, tt := range map[string]struct {
		flags uintptr
		log   string
	}{"file system": {0, "mount it read-write"}, "mount": {syscall.MS_BIND, "ReadWritePaths="}} {
		t.Run(name, func(t *testing.T) {
			box, mount := mountedBox(t, "ann")
			d := box.Start(t)
			fixture.LogIn(t, d).OK("QUIT")
			if err := syscall.Mount("none", mount, "", syscall.MS_REMOUNT|syscall.MS_RDONLY|tt.flags, ""); err != nil {
				t.Fatal(err)
			}
			refuseLogin(t, d, `^-ERR \[SYS/PERM\]`)
			d.Stop()
			if !strings.Contains(d.Log(), "read-only file system") || !strings.Contains(d.Log(), tt.log) {
				t.Errorf("log:\n%s", d.Log())
			}
		})
	}
}

// TestOutsideMailRoots opens mailboxes under the kernel's own confinement: those
// that links of root's lead to inside mail-roots, and none outside.
func TestOutsideMailRoots(t *testing.T) {
	fixture.NeedRoot(t)
	for _, model := range []string{"thread", "prefork", "fork"} {
		t.Run(model, func(t *testing.T) {
			box := fixture.Small(t)
			// Not below the directory of passwd-file, which the daemon reaches for
			// another reason.
			outside, err := os.MkdirTemp("/var/tmp", "tpops-outside-")
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() { os.RemoveAll(outside) })
			inside := filepath.Join(outside, "inside")
			if err := os.Mkdir(inside, 0o755); err != nil {
				t.Fatal(err)
			}
			if err := errors.Join(os.Rename(box.Dir, inside+"/mail"), os.Symlink(inside+"/mail", box.Dir)); err != nil {
				t.Fatal(err)
			}
			d := box.Start(t, "--parallel-type="+model, "--mail-roots="+inside)
			s := fixture.LogIn(t, d)
			s.OK("DELE 1")
			s.OK("QUIT")
			if err := errors.Join(os.Rename(inside+"/mail", outside+"/mail"), os.Remove(box.Dir),
				os.Symlink(outside+"/mail", box.Dir)); err != nil {
				t.Fatal(err)
			}
			refuseLogin(t, d, `^-ERR \[SYS/PERM\]`)
			d.Stop()
			want := fmt.Sprintf("maildrop %s, which is %s/mail, is outside mail-roots (%s): add it, or a directory above it, to mail-roots", box.Dir, outside, inside)
			if !strings.Contains(d.Log(), want) {
				t.Errorf("log without %q:\n%s", want, d.Log())
			}
		})
	}
}

// TestFetchmailLAST has fetchmail fetch in its default mode, in which it asks
// LAST, what webmail has read a later message of: it gets all that is before.
func TestFetchmailLAST(t *testing.T) {
	box := fixture.NewMailbox(t, nil)
	for n := 1; n <= 5; n++ {
		name, text := fmt.Sprintf("cur/%d.a:2,", n), fmt.Sprintf("From: a@example.org\nSubject: %d\n\ntext %d\n", n, n)
		if n == 5 {
			name += "S"
		}
		if err := os.WriteFile(filepath.Join(box.Dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	d := box.Start(t)
	got := fetchmailLAST(t, clients.NewJob(t, d, clients.Keep))
	for n := 1; n <= 4; n++ {
		if !strings.Contains(got, fmt.Sprintf("text %d\r\n", n)) {
			t.Errorf("message %d was never fetched", n)
		}
	}
	// All are seen now, and fetchmail has nothing to fetch.
	if got := fetchmailLAST(t, clients.NewJob(t, d, clients.Keep)); got != "" {
		t.Errorf("fetched again: %s", got)
	}
}

// fetchmailLAST fetches without uidl and returns all that was fetched.
func fetchmailLAST(t *testing.T, j *clients.Job) string {
	t.Helper()
	j.Mkdir(t, "mail")
	j.Write(t, "fetchmailrc", fmt.Sprintf(`
set no syslog
set no bouncemail
poll %s with protocol pop3 service %s auth password bad-header accept
	username "%s" there with password "%s" is "nobody" here
	no rewrite no dropstatus no dropdelivered pass8bits sslproto "" keep
	mda "%s %s"
`, j.Host, j.Port, fixture.User, fixture.Password, j.Path("sink.sh"), j.Path("mail")), 0o600)
	j.Run(t, []int{1}, "fetchmail", "--fetchmailrc", "fetchmailrc", "--invisible", "--pidfile", j.Path("pid"), "--idfile", j.Path("ids"))
	var all strings.Builder
	for _, text := range j.Files(t, nil, "mail") {
		all.Write(text)
	}
	return all.String()
}
