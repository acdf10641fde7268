package maildir

import (
	"errors"
	"os"
	"path/filepath"
	"testing"

	"golang.org/x/sys/unix"

	"tpops/pkg/pop3"
)

// Between two commands a session has the Maildir and its lock open, no more.
func TestOpenFiles(t *testing.T) {
	dir := newMaildir(t, "cur/1.a", "new/2.b")
	open(t, dir, Options{}) // what the runtime opens once is open now
	for _, want := range []struct {
		options Options
		files   int
	}{{Options{}, 1}, {Options{Lock: true}, 2}} {
		checkOpenFiles(t, func() {
			before := len(openFiles(t))
			m := open(t, dir, want.options)
			read(t, m, 2)
			rename(t, dir, "new/2.b", "cur/2.b")
			read(t, m, 2)
			remove(t, dir, "cur/1.a")
			wantNone(t, m, 1)
			if got := len(openFiles(t)) - before; got != want.files {
				t.Errorf("%d files open, want %d", got, want.files)
			}
			update(t, m, mark([]int{1}, []int{2}))
			if err := errors.Join(m.Close(), m.Close()); err != nil {
				t.Error(err)
			}
		})
		deliver(t, dir, "cur/1.a", "")
		remove(t, dir, "cur/2.b:2,S")
		deliver(t, dir, "new/2.b", "")
	}
}

func TestOpenErrors(t *testing.T) {
	tests := []struct {
		name string
		dir  func(t *testing.T) string
		want error
	}{
		{"a link", func(t *testing.T) string { return userLink(t, newMaildir(t)) }, pop3.ErrPermanent},
		{"a link and a slash", func(t *testing.T) string { return userLink(t, newMaildir(t)) + "/" }, pop3.ErrPermanent},
		{"a dangling link", func(t *testing.T) string { return userLink(t, "/nowhere") }, pop3.ErrPermanent},
		{"below a link", func(t *testing.T) string {
			return userLink(t, filepath.Dir(newMaildir(t))) + "/Maildir"
		}, pop3.ErrPermanent},
		{"a file", func(t *testing.T) string {
			file := filepath.Join(t.TempDir(), "file")
			return orFatal(t, file, os.WriteFile(file, nil, 0o600))
		}, unix.ENOTDIR},
		{"below a file", func(*testing.T) string { return "/dev/null/Maildir" }, unix.ENOTDIR},
		{"the parent is missing", func(t *testing.T) string { return t.TempDir() + "/home/Maildir" }, unix.ENOENT},
		{"empty", func(*testing.T) string { return "" }, pop3.ErrPermanent},
		{"relative", func(*testing.T) string { return "Maildir" }, pop3.ErrPermanent},
		{"a NUL", func(t *testing.T) string { return t.TempDir() + "/a\x00b" }, unix.EINVAL},
		{"cur is a link", func(t *testing.T) string {
			dir := newMaildir(t)
			remove(t, dir, "cur")
			return orFatal(t, dir, os.Symlink("new", dir+"/cur"))
		}, pop3.ErrPermanent},
		{"new is a file", func(t *testing.T) string {
			dir := newMaildir(t)
			remove(t, dir, "new")
			return orFatal(t, dir, os.WriteFile(dir+"/new", nil, 0o600))
		}, pop3.ErrPermanent},
		{"cur may not be read", func(t *testing.T) string {
			dir := newMaildir(t, "cur/1.a")
			restrict(t, dir+"/cur", 0)
			return dir
		}, unix.EACCES},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			dir := tt.dir(t)
			owner := alice
			if os.Geteuid() != 0 {
				owner = nil
			} else if stat, err := os.Lstat(filepath.Clean(dir)); err == nil && filepath.IsAbs(dir) && stat.IsDir() {
				giveTo(t, owner, dir)
			} else {
				owner = nil
			}
			checkOpenFiles(t, func() {
				m, err := openKnown(t.Context(), owner, dir, Options{Lock: true})
				if !errors.Is(err, tt.want) || errors.Is(err, pop3.ErrNoMessage) || m != nil {
					t.Errorf("Open() = %v, %v; want %v", m, err, tt.want)
				}
			})
		})
	}
}

// userLink returns a symbolic link that does not belong to root.
func userLink(t *testing.T, target string) string {
	t.Helper()
	link := filepath.Join(t.TempDir(), "link")
	if err := os.Symlink(target, link); err != nil {
		t.Fatal(err)
	}
	if os.Geteuid() == 0 {
		if err := errors.Join(os.Lchown(link, aliceID, aliceID), os.Chmod(filepath.Dir(filepath.Dir(link)), 0o755)); err != nil {
			t.Fatal(err)
		}
	}
	return link
}

func orFatal(t *testing.T, path string, err error) string {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
	return path
}
