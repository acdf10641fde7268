package maildir

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/sys/unix"

	"tpops/pkg/pop3"
)

// smallDisk returns a Maildir with messages on a file system of its own, which
// has few blocks and few inodes.
func smallDisk(t *testing.T, names ...string) string {
	t.Helper()
	needRoot(t)
	disk := t.TempDir()
	mountSmall(t, disk)
	dir := filepath.Join(disk, "Maildir")
	makeMaildir(t, dir)
	for _, name := range names {
		deliver(t, dir, name, "text\n")
	}
	return dir
}

// mountSmall mounts a small file system until the test ends, unless it is
// unmounted earlier.
func mountSmall(t *testing.T, disk string) {
	t.Helper()
	if err := unix.Mount("none", disk, "tmpfs", 0, "size=64k,nr_inodes=64"); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := unix.Unmount(disk, unix.MNT_DETACH); err != nil && err != unix.EINVAL {
			t.Error(err)
		}
	})
}

// fillDisk takes what is left of blocks and inodes.
func fillDisk(t *testing.T, dir string) {
	t.Helper()
	err := os.WriteFile(dir+"/tmp/blocks", make([]byte, 128<<10), 0o600)
	if !errors.Is(err, unix.ENOSPC) {
		t.Fatalf("fill: %v", err)
	}
	for i := 0; ; i++ {
		err := os.WriteFile(fmt.Sprintf("%s/tmp/%d", dir, i), nil, 0o600)
		if errors.Is(err, unix.ENOSPC) {
			return
		}
		if err != nil || i > 1000 {
			t.Fatalf("fill: %v after %d", err, i)
		}
	}
}

// On a full disk users get in, one at a time, and can make room.
func TestFullDisk(t *testing.T) {
	dir := smallDisk(t, "new/1.a", "new/2.b", "cur/3.c")
	deliver(t, dir, quotaFile, strings.Repeat("1 1\n", 1024)) // ends with its block
	fillDisk(t, dir)
	log, text := logger()
	m := open(t, dir, Options{Lock: true, Log: log})
	if m.lock.file >= 0 || !strings.Contains(text.String(), "only the directory") {
		t.Errorf("lock %v, log %q", m.lock, text)
	}
	checkOpenFiles(t, func() { wantLocked(t, dir) })
	if got := read(t, m, 1); got != "text\n" {
		t.Errorf("message 1: %q", got)
	}
	update(t, m, mark([]int{1}, []int{2}))
	wantFiles(t, dir, "cur/2.b:2,S", "cur/3.c")
	_ = m.Close()
	open(t, dir, Options{Lock: true})
}

// A file system below the Maildir that went away is trouble, not an empty
// mailbox.
func TestUnreachable(t *testing.T) {
	dir := newMaildir(t, "cur/1.a")
	owner := someUser(t, dir)
	restrict(t, filepath.Dir(dir), 0)
	_, err := openKnown(t.Context(), owner, dir, Options{})
	if !errors.Is(err, unix.EACCES) || errors.Is(err, pop3.ErrNoMessage) {
		t.Errorf("Open() = %v, want EACCES", err)
	}
}

// A directory that is mounted from a file server is not taken for one whose changes this
// kernel knows, wherever the Maildir is.
func TestMountedDirectory(t *testing.T) {
	for kind, want := range map[string]bool{"tmpfs": true, "devpts": false} {
		for _, name := range subNames {
			t.Run(kind+" "+name, func(t *testing.T) {
				dir := smallDisk(t)
				sub := filepath.Join(dir, name)
				if err := unix.Mount("none", sub, kind, 0, ""); err != nil {
					t.Fatal(err)
				}
				t.Cleanup(func() { _ = unix.Unmount(sub, unix.MNT_DETACH) })
				m := bareMailbox(t, dir, Options{})
				s := m.newView(nil).scanner(t.Context())
				subs, _, err := s.openSubs()
				if err != nil || s.local != want {
					t.Errorf("to be read: local %v, %v", s.local, err)
				}
				subs.close()
				if _, err := m.look(""); err != nil || m.local != want {
					t.Errorf("local %v, %v", m.local, err)
				}
				if !m.dirLocal {
					t.Error("the Maildir itself is not local")
				}
				if is := areLocal(m.dir); is != want {
					t.Errorf("for a session that goes on: local %v", is)
				}
			})
		}
	}
}

// The locks and the index are in the Maildir itself: they are those of a local file system if
// only new is mounted from a file server.
func TestMountedNewLocks(t *testing.T) {
	dir := smallDisk(t)
	sub := filepath.Join(dir, "new")
	if err := unix.Mount("none", sub, "devpts", 0, ""); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = unix.Unmount(sub, unix.MNT_DETACH) })
	m := bareMailbox(t, dir, Options{})
	if _, err := m.look(""); err != nil || m.local {
		t.Fatalf("local %v, %v", m.local, err)
	}
	if err := m.suffices(unix.ENOSPC, nil); err != nil {
		t.Errorf("with the lock of the directory: %v", err)
	}
	var files [2]*os.File
	for i := range files { // Another session has the lock of the second one.
		f, err := os.OpenFile(filepath.Join(dir, "lock"), os.O_RDWR|os.O_CREATE, 0o600)
		if err != nil {
			t.Fatal(err)
		}
		defer f.Close()
		files[i] = f
	}
	if err := flock(int(files[0].Fd()), unix.LOCK_EX); err != nil {
		t.Fatal(err)
	}
	lost := lock{file: int(files[1].Fd())} // No file server can have freed it: nothing is asked.
	if err := lost.confirm(&m.store); err != nil {
		t.Errorf("confirm() = %v", err)
	}
	held, err := m.takeDotlock(t.Context(), "list")
	if err != nil || held.fd < 0 {
		t.Fatalf("the lock of a list is not held: %+v, %v", held, err)
	}
	if err := unix.Close(held.fd); err != nil { // as the end of the process does
		t.Fatal(err)
	}
	if again, err := m.takeDotlock(t.Context(), "list"); err != nil || again.fd < 0 {
		t.Errorf("a lock that was left: %+v, %v", again, err)
	}
	index := filepath.Join(dir, indexName)
	if err := errors.Join(os.WriteFile(index, []byte("x"), 0o600), os.Chown(index, bobID, bobID)); err != nil {
		t.Fatal(err)
	}
	x := &indexKeeper{store: &m.store}
	if _, _, err := x.openFile(); !errors.Is(err, errIndex) {
		t.Errorf("an index of another user: %v", err)
	}
}

// Whether the list of another server is on a file server is asked where the list is.
func TestMountedList(t *testing.T) {
	dir := smallDisk(t)
	elsewhere := filepath.Join(filepath.Dir(dir), "control")
	if err := errors.Join(os.Mkdir(elsewhere, 0o700), unix.Mount("none", elsewhere, "devpts", 0, "")); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = unix.Unmount(elsewhere, unix.MNT_DETACH) })
	s, err := OpenSurvey(t.Context(), nil, dir, nil, nil)
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	for where, want := range map[string]bool{"": true, elsewhere: false} {
		err := s.inList(ForeignList{Name: dovecotList, Dir: where}, func(list listFile) error {
			if list.local != want {
				t.Errorf("%q: local %v", where, list.local)
			}
			return nil
		})
		if err != nil {
			t.Error(err)
		}
	}
}
