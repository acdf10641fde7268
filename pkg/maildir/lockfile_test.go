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

// What stands in the place of the lock file is neither followed nor waited
// for; the directory is locked then.
func TestLockFileUnusable(t *testing.T) {
	tests := []struct {
		name string
		make func(path string) error
	}{
		{"link", func(path string) error { return os.Symlink("cur/1.a", path) }},
		{"dangling link", func(path string) error { return os.Symlink("made", path) }},
		{"directory", func(path string) error { return os.Mkdir(path, 0o755) }},
		{"FIFO", func(path string) error { return unix.Mkfifo(path, 0o600) }},
		{"unreadable", func(path string) error { return os.WriteFile(path, nil, 0) }},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			dir := newMaildir(t, "cur/1.a")
			if err := tt.make(filepath.Join(dir, lockFile)); err != nil {
				t.Fatal(err)
			}
			owner := someUser(t, dir)
			log, text := logger()
			m := openAs(t, owner, dir, Options{Lock: true, Log: log})
			if m.lock.file >= 0 || !m.lock.dir || !strings.Contains(text.String(), lockFile) {
				t.Errorf("lock %v, log %q", m.lock, text)
			}
			checkOpenFiles(t, func() {
				if _, err := openKnown(t.Context(), owner, dir, Options{Lock: true}); !errors.Is(err, pop3.ErrLocked) {
					t.Errorf("Open() = %v, want ErrLocked", err)
				}
			})
			if _, err := os.Lstat(filepath.Join(dir, "made")); err == nil {
				t.Error("a file was made through a link")
			}
		})
	}
}

// Where no file can be made the directory is locked.
func TestLockFileImpossible(t *testing.T) {
	dir := newMaildir(t)
	owner := someUser(t, dir)
	restrict(t, dir, 0o500)
	m := openAs(t, owner, dir, Options{Lock: true})
	if m.lock.file >= 0 || !m.lock.dir {
		t.Errorf("lock %v", m.lock)
	}
	wantLocked(t, dir)
}

// A file that may only be read can be locked.
func TestLockFileReadOnly(t *testing.T) {
	dir := newMaildir(t)
	deliver(t, dir, lockFile, "")
	if err := os.Chmod(filepath.Join(dir, lockFile), 0o400); err != nil {
		t.Fatal(err)
	}
	if m := openAs(t, someUser(t, dir), dir, Options{Lock: true}); m.lock.file < 0 {
		t.Error("the file is not locked")
	}
}

// tryOn tries to lock a Maildir whose directory cannot be locked: the kernel
// refuses that for a descriptor that is a path only, as network file systems
// do for directories.
func tryOn(t *testing.T, dir string) (*Mailbox, error) {
	t.Helper()
	fd, err := openDir(unix.AT_FDCWD, dir, unix.O_PATH)
	if err != nil {
		t.Fatal(err)
	}
	m := open(t, dir, Options{})
	_ = unix.Close(m.dir)
	m.dir = fd
	return m, m.lock.try(&m.store, m.reader.admit)
}

func TestLockFileOnly(t *testing.T) {
	dir := newMaildir(t)
	m, err := tryOn(t, dir)
	if err != nil || m.lock.file < 0 || m.lock.dir {
		t.Fatalf("tryLock() = %v, lock %v", err, m.lock)
	}
	wantLocked(t, dir)
	if _, err := tryOn(t, dir); !errors.Is(err, errBusy) {
		t.Errorf("tryLock() = %v, want errBusy", err)
	}
	// A successor of the file must not be mistaken for it.
	var stat unix.Stat_t
	if err := unix.Fstat(m.lock.file, &stat); err != nil {
		t.Fatal(err)
	}
	if err := stillNamed(m.dir, stat); err != nil {
		t.Error(err)
	}
	rename(t, dir, lockFile, "moved")
	if err := stillNamed(m.dir, stat); err != errBusy {
		t.Errorf("removed: %v", err)
	}
	deliver(t, dir, lockFile, "")
	if err := stillNamed(m.dir, stat); err != errBusy {
		t.Errorf("replaced: %v", err)
	}
}

func TestLockNeither(t *testing.T) {
	dir := newMaildir(t)
	if err := os.Mkdir(filepath.Join(dir, lockFile), 0o755); err != nil {
		t.Fatal(err)
	}
	m, err := tryOn(t, dir)
	if err == nil || errors.Is(err, errBusy) || m.lock.file >= 0 || m.lock.dir {
		t.Errorf("tryLock() = %v, lock %v", err, m.lock)
	}
}

// On a network file system the lock of the directory is none for other hosts: without the file
// no session begins.
func TestLockFileNeeded(t *testing.T) {
	dir := newMaildir(t)
	if err := os.Mkdir(filepath.Join(dir, lockFile), 0o755); err != nil {
		t.Fatal(err)
	}
	m := open(t, dir, Options{})
	m.dirLocal = false
	if err := m.lock.try(&m.store, m.reader.admit); err == nil || errors.Is(err, errBusy) || m.lock.file >= 0 || m.lock.dir {
		t.Errorf("tryLock() = %v, lock %v", err, m.lock)
	}
	open(t, dir, Options{Lock: true}) // The directory is not locked.
	// The Maildir may be read-only while new and cur are mounts that are not.
	for _, reason := range []error{unix.EDQUOT, unix.ENOSPC, unix.EACCES, errNoFile, unix.EROFS, unix.ENOLCK} {
		if err := m.suffices(fmt.Errorf("open or lock: %w", reason), nil); !errors.Is(err, reason) {
			t.Errorf("%v: suffices() = %v", reason, err)
		}
	}
}
