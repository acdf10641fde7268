package migrate

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"tpops/pkg/maildir"
	"tpops/pkg/pop3"
	"tpops/pkg/uidlist"
)

// imported is a Maildir with the list of Dovecot.
func imported(t testing.TB) string {
	t.Helper()
	dir := newMaildir(t, empty("new/1.a new/2.b"))
	write(t, dir, uidlist.DovecotName, "3 V7 N4\n2 :2.b\n3 :1.a\n")
	return dir
}

var importedUIDLs = []string{"0000000200000007", "0000000300000007"}

// A mailbox is imported once. Nothing but tpops_uidl comes into the Maildir.
func TestAgain(t *testing.T) {
	dir := imported(t)
	if r := apply(t, Dovecot{}, dir); r.Status != StatusImported {
		t.Fatalf("%+v", r)
	}
	if _, err := os.Lstat(filepath.Join(dir, "tpops_lock")); !os.IsNotExist(err) {
		t.Errorf("a lock file: %v", err)
	}
	before := tree(t, dir)
	if r := apply(t, Qmail(), dir); r.Status != StatusDone || r.Failed() || tree(t, dir) != before {
		t.Errorf("%+v", r)
	}
	wantListing(t, dir, importedUIDLs...)
	im := &Importer{Source: NameMD5(), Apply: true, Replace: true}
	if r := im.Mailbox(t.Context(), Job{Maildir: dir}); r.Status != StatusImported {
		t.Errorf("%+v", r)
	}
	wantListing(t, dir, md5Hex("1.a"), md5Hex("2.b"))
}

// A mailbox in use is left alone: by a session, with a lock file or without one,
// or by another import, which has no lock file.
func TestInUse(t *testing.T) {
	hold := map[string]func(dir string) func(){
		"session": func(dir string) func() {
			m, err := maildir.Open(t.Context(), nil, dir, maildir.Options{Lock: true})
			if err != nil {
				t.Fatal(err)
			}
			return func() { _ = m.Close() }
		},
		"session beside Dovecot": func(dir string) func() {
			m, err := maildir.Open(t.Context(), nil, dir, maildir.Options{Lock: true, UIDL: maildir.UIDLDovecot})
			if err != nil {
				t.Fatal(err)
			}
			return func() { _ = m.Close() }
		},
		"import": func(dir string) func() {
			s, err := maildir.OpenSurvey(t.Context(), nil, dir, nil, nil)
			if err != nil {
				t.Fatal(err)
			}
			return s.Close
		},
	}
	for name, take := range hold {
		t.Run(name, func(t *testing.T) {
			dir := imported(t)
			if err := os.Chmod(dir, 0o755); err != nil {
				t.Fatal(err)
			}
			free := take(dir)
			before := tree(t, dir)
			r := apply(t, Dovecot{}, dir)
			if r.Status != StatusFailed || !strings.Contains(r.Error, dir+": in use") || tree(t, dir) != before {
				t.Errorf("%+v", r)
			}
			free()
			im := &Importer{Source: Dovecot{}, Apply: true, Replace: name == "session"} // which has shown UIDLs of TPOPS
			if r := im.Mailbox(t.Context(), Job{Maildir: dir}); r.Status != StatusImported {
				t.Errorf("%+v", r)
			}
		})
	}
}

// Imports of one mailbox at once: one does it, and all agree.
func TestAtOnce(t *testing.T) {
	dir := imported(t)
	im := &Importer{Source: Dovecot{}, Apply: true}
	var all sync.WaitGroup
	count := map[string]int{}
	var mu sync.Mutex
	for range 8 {
		all.Go(func() {
			r := im.Mailbox(context.Background(), Job{Maildir: dir})
			mu.Lock()
			defer mu.Unlock()
			count[r.Status]++
			if r.Status == StatusFailed && !strings.Contains(r.Error, "in use") {
				t.Errorf("%+v", r)
			}
		})
	}
	all.Wait()
	if count[StatusImported] != 1 {
		t.Errorf("%v", count)
	}
	wantListing(t, dir, importedUIDLs...)
}

// A full disk leaves the mailbox as it was, and the next import works.
func TestFullDisk(t *testing.T) {
	if os.Geteuid() != 0 {
		t.Skip("only root can mount")
	}
	disk := t.TempDir()
	if err := unix.Mount("none", disk, "tmpfs", 0, "size=64k,nr_inodes=64"); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = unix.Unmount(disk, unix.MNT_DETACH) })
	source := imported(t)
	dir := filepath.Join(disk, "Maildir")
	if err := os.CopyFS(dir, os.DirFS(source)); err != nil {
		t.Fatal(err)
	}
	_ = os.WriteFile(disk+"/blocks", make([]byte, 128<<10), 0o600) // fills it
	before := tree(t, dir)
	im := &Importer{Source: Dovecot{}, Apply: true}
	r := im.Mailbox(t.Context(), Job{Maildir: dir})
	if r.Status != StatusFailed || !strings.Contains(r.Error, dir+"/tpops_uidl: ") || !strings.Contains(r.Error, "no space") || tree(t, dir) != before {
		t.Errorf("%+v\n%s", r, tree(t, dir))
	}
	if err := os.Remove(disk + "/blocks"); err != nil {
		t.Fatal(err)
	}
	if r := im.Mailbox(t.Context(), Job{Maildir: dir}); r.Status != StatusImported {
		t.Errorf("%+v", r)
	}
	wantListing(t, dir, importedUIDLs...)
}

// What lies where the new file is written is not followed or believed.
func TestPlanted(t *testing.T) {
	victim := filepath.Join(t.TempDir(), "victim")
	if err := os.WriteFile(victim, []byte("safe"), 0o600); err != nil {
		t.Fatal(err)
	}
	for name, plant := range map[string]func(path string) error{
		"rest of an import that was killed": func(path string) error { return os.WriteFile(path, []byte("#order\tlines\n1.a\tx"), 0o600) },
		"link":                              func(path string) error { return os.Symlink(victim, path) },
		"hard link":                         func(path string) error { return os.Link(victim, path) },
		"FIFO":                              func(path string) error { return unix.Mkfifo(path, 0o600) },
	} {
		dir := imported(t)
		if err := plant(filepath.Join(dir, "tpops_uidl.new")); err != nil {
			t.Fatal(err)
		}
		im := &Importer{Source: Dovecot{}, Apply: true}
		if r := im.Mailbox(t.Context(), Job{Maildir: dir}); r.Status != StatusImported {
			t.Errorf("%s: %+v", name, r)
		}
		wantListing(t, dir, importedUIDLs...)
	}
	if text, err := os.ReadFile(victim); err != nil || string(text) != "safe" {
		t.Errorf("victim: %q, %v", text, err)
	}
	dir := imported(t)
	if err := os.Mkdir(filepath.Join(dir, "tpops_uidl.new"), 0o700); err != nil {
		t.Fatal(err)
	}
	im := &Importer{Source: Dovecot{}, Apply: true}
	if r := im.Mailbox(t.Context(), Job{Maildir: dir}); r.Status != StatusFailed || !strings.Contains(r.Error, "tpops_uidl.new") {
		t.Errorf("directory: %+v", r)
	}
}

// Root imports with the rights of the owner, to whom the file then belongs, and
// follows no link of a user.
func TestOwner(t *testing.T) {
	if os.Geteuid() != 0 {
		t.Skip("only root can act as another user")
	}
	const user = 2001
	dir := imported(t)
	for _, above := range []string{filepath.Dir(dir), filepath.Dir(filepath.Dir(dir))} {
		if err := os.Chmod(above, 0o755); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.CopyFS(filepath.Join(filepath.Dir(dir), "root"), os.DirFS(dir)); err != nil {
		t.Fatal(err)
	}
	err := filepath.WalkDir(dir, func(path string, _ os.DirEntry, err error) error { return os.Lchown(path, user, user) })
	if err != nil {
		t.Fatal(err)
	}
	owner, err := maildir.OwnerOf(dir)
	if err != nil || owner.UID != user || owner.GID != user {
		t.Fatalf("%+v, %v", owner, err)
	}
	im := &Importer{Source: Dovecot{}, Apply: true}
	if r := im.Mailbox(t.Context(), Job{Maildir: filepath.Join(filepath.Dir(dir), "root"), Owner: owner}); r.Status != StatusFailed {
		t.Errorf("with the rights of another user: %+v", r)
	}
	if r := im.Mailbox(t.Context(), Job{Maildir: dir, Owner: owner}); r.Status != StatusImported {
		t.Fatalf("%+v", r)
	}
	info, err := os.Stat(filepath.Join(dir, "tpops_uidl"))
	if err != nil {
		t.Fatal(err)
	}
	if stat := info.Sys().(*syscall.Stat_t); stat.Uid != user || stat.Gid != user || info.Mode().Perm() != 0o600 {
		t.Errorf("%d:%d, %v", stat.Uid, stat.Gid, info.Mode())
	}
	link := filepath.Join(filepath.Dir(dir), "link")
	if err := os.Symlink(dir, link); err != nil {
		t.Fatal(err)
	}
	if err := os.Lchown(link, user, user); err != nil {
		t.Fatal(err)
	}
	if owner, err := maildir.OwnerOf(link); err == nil {
		t.Errorf("through the link of a user: %+v", owner)
	}
}

// No message is shown under the UIDL of another, whatever names and lists are.
func TestOddNames(t *testing.T) {
	dir := newMaildir(t, map[string]string{
		"new/1.a\tx": "", "new/2.b\nx": "", "new/3.c": "one", "cur/3.c:2,S": "two", "new/" + md5Hex("9.x"): "", "new/#order": "",
		"new/5.e": "same", "cur/5.e:2,S": "same",
	})
	r := apply(t, NameMD5(), dir)
	if r.Status != StatusImported || r.Kept != 3 || r.Again != 4 || len(r.Notes) != 2 {
		t.Errorf("%+v", r)
	}
	seen := map[string]bool{}
	for _, uidl := range listing(t, dir) {
		if seen[uidl] {
			t.Errorf("UIDL %q twice", uidl)
		}
		seen[uidl] = true
	}
	if !seen[md5Hex("5.e")] || !seen[md5Hex("#order")] || len(seen) != 7 {
		t.Errorf("%v", seen)
	}
}

// Encrypted and compressed messages are counted.
func TestEncoded(t *testing.T) {
	dir := newMaildir(t, map[string]string{"new/1.a": "CRYPTED\x03\x07xxxxxxxxxx", "new/2.b": "\x1f\x8b\x08xxxxxxxxxxxxxx", "new/3.c": "From: c\n"})
	if r := apply(t, Qmail(), dir); r.Encrypted != 1 || r.Encoded != 1 {
		t.Errorf("%+v", r)
	}
}

// Reports come in the order of the jobs. After a signal what is not begun is left.
func TestRun(t *testing.T) {
	var jobs []Job
	for i := range 50 {
		dir := newMaildir(t, empty(fmt.Sprintf("new/%d.a", i)))
		jobs = append(jobs, Job{Maildir: dir})
	}
	im := &Importer{Source: Qmail(), Apply: true}
	var got []string
	im.Run(t.Context(), jobs, 4, func(r *Report) { got = append(got, r.Maildir) })
	for i, j := range jobs {
		if i >= len(got) || got[i] != j.Maildir {
			t.Fatalf("report %d of %d", i, len(got))
		}
	}
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	im.Replace = true
	count := 0
	im.Run(ctx, jobs, 1, func(*Report) {
		if count++; count == 3 {
			cancel()
		}
	})
	if count < 3 || count > 10 {
		t.Errorf("%d reports", count)
	}
}

// A mailbox whose import or export the end of the context cuts short has no report. One that is
// at fault has.
func TestCutShort(t *testing.T) {
	dir := imported(t)
	jobs := []Job{{Maildir: dir, Err: errors.New("no such user")}, {Maildir: dir, Login: "ann"}, {Maildir: dir}}
	ctx, cancel := context.WithCancel(t.Context())
	open := func(ctx context.Context, _ *pop3.Account, _ *pop3.Client) (pop3.Mailbox, error) {
		cancel()
		return nil, ctx.Err()
	}
	var got []string
	im := &Importer{Source: Capture{Open: open}, Apply: true}
	im.Run(ctx, jobs, 1, func(r *Report) { got = append(got, r.Error) })
	if !slices.Equal(got, []string{"no such user"}) {
		t.Errorf("import: %q", got)
	}
	apply(t, Dovecot{}, dir)
	logIn(t, dir, serve)
	got = nil
	ctx, cancel = context.WithCancel(t.Context())
	ex := &Exporter{Target: cancelTarget{cancel: cancel}, Apply: true}
	ex.Run(ctx, jobs, 1, func(r *ExportReport) { got = append(got, r.Error) })
	if !slices.Equal(got, []string{"no such user"}) {
		t.Errorf("export: %q", got)
	}
}

// cancelTarget is Dovecot at the moment of a signal.
type cancelTarget struct {
	Dovecot
	cancel context.CancelFunc
}

func (c cancelTarget) list(j Job) (maildir.ForeignList, error) {
	c.cancel()
	return c.Dovecot.list(j)
}

// Any list and any names: what a login shows is what was decided.
func FuzzImport(f *testing.F) {
	f.Add("1.a\n2.b", "3 V7 N4\n2 :2.b\n3 P1.a :1.a\n")
	f.Add("1.a\n2.b", "3 V7 N4\n2 P2.b :1.a\n3 P1.a :2.b\n")
	f.Fuzz(func(t *testing.T, names, list string) {
		if len(names) > 500 {
			return
		}
		dir := newMaildir(t, nil)
		for name := range strings.SplitSeq(names, "\n") {
			if len(name) > 0 && len(name) < 200 && !strings.ContainsAny(name, "/\x00") && name[0] != '.' {
				write(t, dir, "new/"+name, "")
			}
		}
		write(t, dir, uidlist.DovecotName, list)
		im := &Importer{Source: Dovecot{}, Apply: true}
		r := im.Mailbox(t.Context(), Job{Maildir: dir})
		if r.Error == errPreview.Error() || strings.Contains(r.Error, "no use") || strings.Contains(r.Error, "internal") {
			t.Errorf("%+v", r)
		}
		if r.Status == StatusImported && len(listing(t, dir)) != r.Messages {
			t.Errorf("%+v", r)
		}
	})
}
