package maildir

import (
	"errors"
	"os"
	"path/filepath"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// bareMailbox returns a mailbox whose Maildir is open, but was not read.
func bareMailbox(t *testing.T, dir string, options Options) *Mailbox {
	t.Helper()
	fd, err := unix.Open(dir, unix.O_RDONLY|unix.O_CLOEXEC, 0)
	if err != nil {
		t.Fatal(err)
	}
	m := newMailbox(nil, &options)
	m.use(fd)
	t.Cleanup(m.close)
	return m
}

// A lock that was lost is not taken for the one that another program has made since,
// also if that file got the same inode.
func TestDotlockLost(t *testing.T) {
	dir := newMaildir(t)
	m := bareMailbox(t, dir, Options{})
	lock, err := m.takeDotlock(t.Context(), "list")
	if err != nil || lock.isHeld() != nil {
		t.Fatal(err, lock.isHeld())
	}
	path := filepath.Join(dir, "list.lock")
	later := time.Now().Add(time.Minute)
	if err := os.Chtimes(path, later, later); err != nil {
		t.Fatal(err)
	}
	if err := lock.isHeld(); !errors.Is(err, errDotlock) {
		t.Errorf("isHeld() = %v", err)
	}
	lock.release()
	if _, err := os.Stat(path); err != nil {
		t.Errorf("the other lock was removed: %v", err)
	}
}

// A lock whose process has ended is removed at once. One that a process holds stays, and
// so does one of another program, which does not hold it.
func TestDotlockLeft(t *testing.T) {
	dir := newMaildir(t)
	m := bareMailbox(t, dir, Options{})
	m.dirLocal = true
	lock, err := m.takeDotlock(t.Context(), "list")
	if err != nil {
		t.Fatal(err)
	}
	other := &dotlock{store: &m.store, fd: -1, name: lock.name}
	if err := other.create(); !errors.Is(err, unix.EEXIST) {
		t.Errorf("create() = %v", err)
	}
	if other.removeLeft() {
		t.Error("a lock was removed that is held")
	}
	if err := unix.Close(lock.fd); err != nil { // as the end of the process does
		t.Fatal(err)
	}
	again, err := m.takeDotlock(t.Context(), "list")
	if err != nil || again.isHeld() != nil {
		t.Fatal(err, again.isHeld())
	}
	again.release()
	if left, err := os.ReadDir(filepath.Join(dir, "tmp")); err != nil || len(left) > 0 {
		t.Errorf("left in tmp: %v, %v", left, err)
	}
	deliver(t, dir, lock.name, "1:host")
	if other.removeLeft() {
		t.Error("a lock of another program was removed")
	}
}
