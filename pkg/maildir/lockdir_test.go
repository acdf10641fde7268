package maildir

import (
	"errors"
	"os"
	"path/filepath"
	"testing"

	"golang.org/x/sys/unix"

	"tpops/pkg/pop3"
)

// In a private Maildir removing or replacing the lock file frees no mailbox.
func TestLockFileRemoved(t *testing.T) {
	dir := newMaildir(t)
	restrict(t, dir, 0o700)
	m := open(t, dir, Options{Lock: true})
	remove(t, dir, lockFile)
	wantLocked(t, dir)
	wantLocked(t, dir) // the file is there again now
	_ = m.Close()
	open(t, dir, Options{Lock: true})
}

// locked locks name in the Maildir as another program does, until the
// descriptor it returns is closed.
func locked(t *testing.T, dir, name string) int {
	t.Helper()
	fd, err := unix.Open(filepath.Join(dir, name), unix.O_RDONLY, 0)
	if err != nil {
		t.Fatal(err)
	}
	if err := unix.Flock(fd, unix.LOCK_EX); err != nil {
		t.Fatal(err)
	}
	return fd
}

// The file keeps others out wherever it is, the directory if nobody but the
// owner can lock it, or if there is nothing else to lock.
func TestLockOther(t *testing.T) {
	tests := []struct {
		name       string
		mode       os.FileMode // of the Maildir
		held       string      // what another has locked
		noFile     bool        // the file cannot be locked
		wantOpened bool
	}{
		{"file, private", 0o700, lockFile, false, false},
		{"file, open", 0o755, lockFile, false, false},
		{"directory, private", 0o700, "", false, false},
		{"directory, open to all", 0o755, "", false, true},
		{"directory, open to the group", 0o750, "", false, true},
		{"directory, others may list it", 0o704, "", false, true},
		{"directory, private, no file", 0o700, "", true, false},
		{"directory, open, no file", 0o755, "", true, false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			dir := newMaildir(t)
			restrict(t, dir, tt.mode)
			if tt.noFile {
				if err := os.Mkdir(filepath.Join(dir, lockFile), 0o700); err != nil {
					t.Fatal(err)
				}
			} else {
				deliver(t, dir, lockFile, "")
			}
			fd := locked(t, dir, tt.held)
			if tt.wantOpened {
				m := open(t, dir, Options{Lock: true})
				if m.lock.file < 0 || m.lock.dir {
					t.Errorf("lock %v", m.lock)
				}
				wantLocked(t, dir)
				_ = m.Close()
			} else {
				checkOpenFiles(t, func() { wantLocked(t, dir) })
			}
			_ = unix.Close(fd)
			if m := open(t, dir, Options{Lock: true}); !m.lock.dir || m.lock.file < 0 != tt.noFile {
				t.Errorf("lock %v", m.lock)
			}
		})
	}
}

// A stranger who can read the Maildir keeps nobody out by locking it.
func TestLockStranger(t *testing.T) {
	needRoot(t)
	dir := newMaildir(t, "cur/1.a")
	giveTo(t, alice, dir)
	fd := -1
	err := bob.Do(func() (err error) {
		if fd, err = unix.Open(dir, unix.O_RDONLY, 0); err != nil {
			return err
		}
		return unix.Flock(fd, unix.LOCK_EX)
	})
	if err != nil {
		t.Fatal(err)
	}
	defer unix.Close(fd)
	m := openAs(t, alice, dir, Options{Lock: true})
	wantUIDLs(t, m, "1.a")
	if _, err := openKnown(t.Context(), alice, dir, Options{Lock: true}); !errors.Is(err, pop3.ErrLocked) {
		t.Errorf("a second session: %v, want ErrLocked", err)
	}
	err = bob.Do(func() error {
		_, err := unix.Open(filepath.Join(dir, lockFile), unix.O_RDONLY, 0)
		return err
	})
	if !errors.Is(err, unix.EACCES) {
		t.Errorf("the stranger opens the lock file: %v, want EACCES", err)
	}
}

// A session that has only the directory keeps out one that gets the file: the
// Maildir is private, or else the two come in turn.
func TestLockFallback(t *testing.T) {
	dir := newMaildir(t)
	restrict(t, dir, 0o700)
	if err := os.Mkdir(filepath.Join(dir, lockFile), 0o700); err != nil {
		t.Fatal(err)
	}
	m := open(t, dir, Options{Lock: true})
	remove(t, dir, lockFile)
	wantLocked(t, dir) // makes the file
	_ = m.Close()
	m = open(t, dir, Options{Lock: true})
	if m.lock.file < 0 || !m.lock.dir {
		t.Errorf("lock %v", m.lock)
	}
	// And the one that has the file keeps out one that cannot get it.
	remove(t, dir, lockFile)
	if err := os.Mkdir(filepath.Join(dir, lockFile), 0o700); err != nil {
		t.Fatal(err)
	}
	wantLocked(t, dir)
}
