package maildir

import (
	"errors"
	"os"
	"path/filepath"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// A lock that was lost is not taken for the one that another program has made since,
// also if that file got the same inode.
func TestDotlockLost(t *testing.T) {
	dir := newMaildir(t)
	fd, err := unix.Open(dir, unix.O_RDONLY|unix.O_CLOEXEC, 0)
	if err != nil {
		t.Fatal(err)
	}
	m := newMailbox(nil, &Options{})
	m.use(fd)
	defer m.close()
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
