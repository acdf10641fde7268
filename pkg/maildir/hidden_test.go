package maildir

import (
	"errors"
	"os"
	"path/filepath"
	"testing"

	"golang.org/x/sys/unix"
)

// hiddenPair makes a hidden directory in a Maildir and opens it and cur.
func hiddenPair(t *testing.T, dir string) (hidden, cur int) {
	t.Helper()
	at, err := openDir(unix.AT_FDCWD, dir, unix.O_PATH)
	if err != nil {
		t.Fatal(err)
	}
	hidden, err = makeHidden(at, "tpops_hidden")
	if err != nil {
		t.Fatal(err)
	}
	if cur, err = openDir(at, "cur", unix.O_PATH); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _, _, _ = unix.Close(at), unix.Close(hidden), unix.Close(cur) })
	return hidden, cur
}

func TestHide(t *testing.T) {
	dir := newMaildir(t, "cur/1.a:2,S")
	hidden, cur := hiddenPair(t, dir)
	at := place{&subdirs{-1, cur}, inCur, "1.a:2,S"}
	if err := at.hide(hidden); err != nil {
		t.Fatal(err)
	}
	wantFiles(t, dir)
	deliver(t, dir, "cur/1.a:2,S", "another")
	if err := at.hide(hidden); !errors.Is(err, unix.EEXIST) {
		t.Error("a hidden file was replaced:", err)
	}
	if err := unhide(hidden, at.name, cur); !errors.Is(err, unix.EEXIST) {
		t.Error("a message was replaced:", err)
	}
	remove(t, dir, "cur/1.a:2,S")
	if err := unhide(hidden, at.name, cur); err != nil {
		t.Error(err)
	}
	wantFiles(t, dir, "cur/1.a:2,S")
	if err := unhide(hidden, at.name, cur); !errors.Is(err, unix.ENOENT) {
		t.Error("twice:", err)
	}
}

// What is no regular file never becomes a message.
func TestUnhideLink(t *testing.T) {
	dir := newMaildir(t)
	hidden, cur := hiddenPair(t, dir)
	if err := os.Symlink("/etc/passwd", filepath.Join(dir, "tpops_hidden/1.a")); err != nil {
		t.Fatal(err)
	}
	if err := unhide(hidden, "1.a", cur); !errors.Is(err, unix.ENOENT) {
		t.Error(err)
	}
	wantFiles(t, dir)
}

// A hidden directory is not followed elsewhere, and belongs to no other user.
func TestHiddenHostile(t *testing.T) {
	dir := newMaildir(t)
	at, err := openDir(unix.AT_FDCWD, dir, unix.O_PATH)
	if err != nil {
		t.Fatal(err)
	}
	defer unix.Close(at)
	deliver(t, dir, "file", "")
	if err := errors.Join(os.Symlink(t.TempDir(), filepath.Join(dir, "link")), unix.Mkfifo(filepath.Join(dir, "fifo"), 0o600)); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"file", "link", "fifo"} {
		if fd, err := makeHidden(at, name); err == nil {
			t.Error(name, "was opened")
			_ = unix.Close(fd)
		}
	}
	if os.Geteuid() != 0 {
		return
	}
	other := filepath.Join(dir, "other")
	if err := errors.Join(os.Mkdir(other, 0o777), os.Chown(other, bobID, bobID)); err != nil {
		t.Fatal(err)
	}
	if _, err := makeHidden(at, "other"); !errors.Is(err, errNotOurs) {
		t.Error("a directory of another user:", err)
	}
}
