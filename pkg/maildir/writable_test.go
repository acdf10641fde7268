package maildir

import (
	"errors"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/sys/unix"

	"tpops/pkg/pop3"
)

// wantRefused checks that a mailbox from which nothing can be removed is not
// served, and that the error names the cause.
func wantRefused(t *testing.T, dir string, want error, cause string) {
	t.Helper()
	checkOpenFiles(t, func() {
		m, err := openKnown(t.Context(), alice, dir, Options{Lock: true})
		if m != nil || !errors.Is(err, want) || !errors.Is(err, pop3.ErrPermanent) || !strings.Contains(err.Error(), cause) {
			t.Errorf("Open() = %v, %v; want %v, ErrPermanent, %q", m, err, want, cause)
		}
	})
}

func TestReadOnlyDisk(t *testing.T) {
	for _, lockFileThere := range []bool{false, true} {
		dir := smallDisk(t, "new/1.a", "cur/2.b:2,")
		giveTo(t, alice, dir)
		if lockFileThere {
			deliver(t, dir, lockFile, "")
		}
		if err := unix.Mount("none", filepath.Dir(dir), "", unix.MS_REMOUNT|unix.MS_RDONLY, ""); err != nil {
			t.Fatal(err)
		}
		wantRefused(t, dir, unix.EROFS, "the file system is mounted read-only")
	}
}

// A mount that is read-only on a file system that is not is what systemd's
// ProtectSystem= makes.
func TestReadOnlyMount(t *testing.T) {
	dir := smallDisk(t, "new/1.a", "cur/2.b:2,")
	giveTo(t, alice, dir)
	disk := filepath.Dir(dir)
	if err := unix.Mount("none", disk, "", unix.MS_REMOUNT|unix.MS_BIND|unix.MS_RDONLY, ""); err != nil {
		t.Fatal(err)
	}
	wantRefused(t, dir, unix.EROFS, "ReadWritePaths=")
}

func TestNotWritable(t *testing.T) {
	needRoot(t)
	for _, sub := range subNames {
		dir := newMaildir(t, "new/1.a", "cur/2.b:2,")
		giveTo(t, alice, dir)
		giveTo(t, bob, filepath.Join(dir, sub))
		wantRefused(t, dir, unix.EACCES, "no message could be removed from "+sub)
	}
}

// A Maildir that may not be changed itself is served: its messages can go.
func TestNotWritableItself(t *testing.T) {
	needRoot(t)
	dir := newMaildir(t, "new/1.a", "cur/2.b:2,")
	giveTo(t, alice, dir)
	giveTo(t, bob, dir)
	for _, sub := range subNames {
		if err := unix.Chown(filepath.Join(dir, sub), aliceID, aliceID); err != nil {
			t.Fatal(err)
		}
	}
	log, text := logger()
	m := openAs(t, alice, dir, Options{Lock: true, Log: log})
	if !strings.Contains(text.String(), "permission denied") {
		t.Errorf("log: %q", text)
	}
	update(t, m, mark([]int{1}, nil))
	wantFiles(t, dir, "cur/2.b:2,")
}

// What chattr(1) forbids, file modes do not show.
func TestImmutable(t *testing.T) {
	needRoot(t)
	for _, flag := range []string{"i", "a"} {
		dir := newMaildir(t, "new/1.a", "cur/2.b:2,")
		giveTo(t, alice, dir)
		cur := filepath.Join(dir, "cur")
		if text, err := exec.Command("chattr", "+"+flag, cur).CombinedOutput(); err != nil {
			t.Skipf("the file system of %s has no such attributes: %v: %s", dir, err, text)
		}
		t.Cleanup(func() { _ = exec.Command("chattr", "-"+flag, cur).Run() })
		wantRefused(t, dir, unix.EPERM, "chattr")
	}
}

// The warning about the lock file names what keeps it from being made.
func TestLockErrorIsTheFirst(t *testing.T) {
	dir := smallDisk(t, "cur/1.a")
	fillDisk(t, dir)
	log, text := logger()
	open(t, dir, Options{Lock: true, Log: log})
	if !strings.Contains(text.String(), "no space left") || strings.Contains(text.String(), "no such file") {
		t.Errorf("log: %q", text)
	}
}
