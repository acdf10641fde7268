package maildir

import (
	"errors"
	"os"
	"path/filepath"
	"testing"
	"time"

	"tpops/pkg/pop3"
)

// A login that finds the mailbox locked asks the process of the other session, and one that does
// not asks none.
func TestAsked(t *testing.T) {
	dir := newMaildir(t, "cur/1.a")
	if asked := Asked(dir); !asked.IsZero() {
		t.Error(asked, "without a lock file")
	}
	options := Options{Lock: true}
	first := open(t, dir, options)
	old := time.Unix(1_000_000, 0)
	if err := os.Chtimes(filepath.Join(dir, lockFile), old, old); err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct {
		locked func()
		asks   bool
	}{{nil, false}, {func() {}, true}} {
		m, err := OpenFor(t.Context(), Login{Locked: tt.locked}, nil, dir, &options)
		if !errors.Is(err, pop3.ErrLocked) || m != nil {
			t.Fatalf("%v, %v", m, err)
		}
		if asked := Asked(dir); asked.Equal(old) == tt.asks {
			t.Errorf("%+v: asked %v", tt, asked)
		}
	}
	if err := first.Close(); err != nil {
		t.Error(err)
	}
}

// A link with the name of the lock file does not lead to another file.
func TestAskedLink(t *testing.T) {
	dir := newMaildir(t, "cur/1.a")
	other, old := filepath.Join(t.TempDir(), "other"), time.Unix(1_000_000, 0)
	if err := errors.Join(os.WriteFile(other, nil, 0o600), os.Chtimes(other, old, old), os.Symlink(other, filepath.Join(dir, lockFile))); err != nil {
		t.Fatal(err)
	}
	d, err := os.Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	defer d.Close()
	(&store{dir: int(d.Fd())}).ask()
	if info, err := os.Stat(other); err != nil || !info.ModTime().Equal(old) {
		t.Errorf("%v, %v", info.ModTime(), err)
	}
}
