package maildir

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"testing"

	"golang.org/x/sys/unix"

	"tpops/pkg/pop3"
)

// What took the place of a message is not served.
func TestReplaced(t *testing.T) {
	tests := []struct {
		name string
		make func(path string) error
	}{
		{"link", func(path string) error { return os.Symlink("/etc/passwd", path) }},
		{"link within", func(path string) error { return os.Symlink("2.b", path) }},
		{"FIFO", func(path string) error { return unix.Mkfifo(path, 0o600) }},
		{"directory", func(path string) error { return os.Mkdir(path, 0o755) }},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			dir := newMaildir(t, "cur/1.a", "cur/2.b")
			m := open(t, dir, Options{})
			remove(t, dir, "cur/1.a")
			if err := tt.make(filepath.Join(dir, "cur/1.a")); err != nil {
				t.Fatal(err)
			}
			checkOpenFiles(t, func() { wantNone(t, m, 1) })
			if got := read(t, m, 2); got != "" {
				t.Errorf("message 2: %q", got)
			}
		})
	}
}

// If cur itself becomes a link its messages are not those of the session.
func TestReplacedDirectory(t *testing.T) {
	dir, other := newMaildir(t, "cur/1.a"), newMaildir(t, "cur/1.a")
	m := open(t, dir, Options{})
	rename(t, dir, "cur", "cur.old")
	if err := os.Symlink(filepath.Join(other, "cur"), filepath.Join(dir, "cur")); err != nil {
		t.Fatal(err)
	}
	if _, err := m.Open(t.Context(), 1); !errors.Is(err, pop3.ErrPermanent) {
		t.Errorf("Open() = %v, want ErrPermanent", err)
	}
	wantKept(t, m, mark([]int{1}, nil), unix.ENOTDIR, 1)
	wantFiles(t, other, "cur/1.a")
}

// Of files with one unique name each stays what it was, also when they
// exchange their flags.
func TestTwinsRenamed(t *testing.T) {
	dir := newMaildir(t)
	deliver(t, dir, "cur/1.a:2,", "first")
	deliver(t, dir, "cur/1.a:2,S", "second one")
	m := open(t, dir, Options{})
	rename(t, dir, "cur/1.a:2,", "cur/1.a:2,F")
	rename(t, dir, "cur/1.a:2,S", "cur/1.a:2,")
	for n, want := range []string{"first", "second one"} {
		if got := read(t, m, n+1); got != want {
			t.Errorf("message %d: %q, want %q", n+1, got, want)
		}
	}
	remove(t, dir, "cur/1.a:2,F")
	wantNone(t, m, 1)
	update(t, m, mark([]int{1}, nil))
	wantFiles(t, dir, "cur/1.a:2,")
}

// A message that somebody copied under its unique name and took away cannot be
// told from the copies; then none is served or removed in its place.
func TestCopied(t *testing.T) {
	dir := newMaildir(t, "cur/1.a:2,")
	m := open(t, dir, Options{})
	remove(t, dir, "cur/1.a:2,")
	deliver(t, dir, "cur/1.a:2,F", "one")
	deliver(t, dir, "cur/1.a:2,S", "two")
	wantNone(t, m, 1)
	err := m.Update(context.Background(), mark([]int{1}, nil))
	if !errors.Is(err, pop3.ErrNotAll) {
		t.Errorf("Update() = %v", err)
	}
	wantFiles(t, dir, "cur/1.a:2,F", "cur/1.a:2,S")
}
