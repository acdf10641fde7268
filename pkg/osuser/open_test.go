package osuser

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/sys/unix"
)

// TestOpenFile plants, in a directory of alice's, what could lead root to
// another file.
func TestOpenFile(t *testing.T) {
	needRoot(t)
	tests := []struct {
		name  string
		plant func(t *testing.T, name, victim string)
		below string // directory between that of alice and the file
		want  string // of the error, "": none
	}{
		{"nothing is there", func(*testing.T, string, string) {}, "", ""},
		{"a file of alice's", func(t *testing.T, name, _ string) { plantFile(t, name, alice) }, "", ""},
		{"a file of root's", func(t *testing.T, name, _ string) { plantFile(t, name, 0) }, "", "belongs to user 0, but its directory to user 61001"},
		{"an empty file of root's", func(t *testing.T, name, _ string) { plantEmpty(t, name, 0o640) }, "", ""},
		{"an empty file of root's that a group can write", func(t *testing.T, name, _ string) { plantEmpty(t, name, 0o660) }, "", "belongs to user 0"},
		{"an empty file of root's with two names", func(t *testing.T, name, victim string) {
			plantEmpty(t, victim+"empty", 0o640)
			must(t, os.Link(victim+"empty", name))
		}, "", "belongs to user 0"},
		{"a link", func(t *testing.T, name, victim string) { must(t, os.Symlink(victim, name)) }, "", "symbolic link"},
		{"a link to nothing", func(t *testing.T, name, victim string) { must(t, os.Symlink(victim+"new", name)) }, "", "symbolic link"},
		{"a hard link", func(t *testing.T, name, victim string) { must(t, os.Link(victim, name)) }, "", "belongs to user 0"},
		{"a pipe", func(t *testing.T, name, _ string) {
			must(t, unix.Mkfifo(name, 0o600))
			must(t, os.Chown(name, alice, alice))
		}, "", "is not a regular file"},
		{"a directory", func(t *testing.T, name, _ string) { must(t, os.Mkdir(name, 0o700)) }, "", "is a directory"},
		{"a link to a directory", func(t *testing.T, name, victim string) {
			must(t, os.Symlink(filepath.Dir(victim), filepath.Dir(name)))
		}, "sub", "symbolic link"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			victim := filepath.Join(t.TempDir(), "f")
			plantFile(t, victim, 0)
			dir := t.TempDir()
			must(t, os.Chown(dir, alice, alice))
			name := filepath.Join(dir, tt.below, "f")
			tt.plant(t, name, victim)
			f, err := OpenFile(name, os.O_RDWR|os.O_CREATE|os.O_TRUNC, 0o644)
			if err == nil {
				defer f.Close()
			}
			switch {
			case tt.want == "" && err != nil:
				t.Error(err)
			case tt.want != "" && (err == nil || !strings.Contains(err.Error(), tt.want)):
				t.Errorf("error %v, want %q", err, tt.want)
			}
			if tt.want == "" {
				wantOwner(t, name, alice)
			}
			if text, err := os.ReadFile(victim); err != nil || string(text) != "old" {
				t.Errorf("the other file has %q, %v", text, err)
			}
			if _, err := os.Stat(victim + "new"); err == nil {
				t.Error("a file was made at the end of a link")
			}
		})
	}
}

// TestOpenFileRoots follows links that only root can change.
func TestOpenFileRoots(t *testing.T) {
	needRoot(t)
	real, links := t.TempDir(), "/run/tpops-test-links"
	must(t, os.Mkdir(links, 0o755))
	t.Cleanup(func() { _ = os.RemoveAll(links) })
	must(t, os.Symlink(real, links+"/dir"))
	must(t, os.Symlink("dir/file", links+"/file"))
	must(t, os.Symlink("loop", links+"/loop"))
	for _, name := range []string{links + "/dir/file", links + "/file"} {
		f, err := OpenFile(name, os.O_WRONLY|os.O_CREATE, 0o600)
		if err != nil {
			t.Error(err)
			continue
		}
		_ = f.Close()
	}
	if _, err := os.Stat(real + "/file"); err != nil {
		t.Error(err)
	}
	if _, err := OpenFile(links+"/loop", os.O_RDONLY, 0); err == nil {
		t.Error("a link to itself was opened")
	}
	if f, err := OpenFile("/dev/null", os.O_WRONLY|os.O_TRUNC, 0); err != nil {
		t.Error(err)
	} else {
		_ = f.Close()
	}
}

// TestRemoveLinked does not remove what a directory of alice's only links to.
func TestRemoveLinked(t *testing.T) {
	needRoot(t)
	victim := filepath.Join(t.TempDir(), "f")
	plantFile(t, victim, 0)
	dir := t.TempDir()
	must(t, os.Chown(dir, alice, alice))
	must(t, os.Symlink(filepath.Dir(victim), filepath.Join(dir, "sub")))
	if err := Remove(filepath.Join(dir, "sub", "f")); err == nil {
		t.Error("no error")
	}
	if _, err := os.Stat(victim); err != nil {
		t.Error(err)
	}
	plantFile(t, filepath.Join(dir, "f"), alice)
	if err := Remove(filepath.Join(dir, "f")); err != nil {
		t.Error(err)
	}
}

// TestOpenFilePipe does not wait for a reader, root or not.
func TestOpenFilePipe(t *testing.T) {
	name := filepath.Join(t.TempDir(), "pipe")
	must(t, unix.Mkfifo(name, 0o600))
	for _, flag := range []int{os.O_WRONLY | os.O_APPEND, os.O_RDWR} {
		if f, err := openPlain(name, flag, 0); err == nil {
			_ = f.Close()
			t.Errorf("flags %#x: no error", flag)
		}
	}
}

// plantEmpty makes an empty file of root with a mode.
func plantEmpty(t *testing.T, name string, mode os.FileMode) {
	t.Helper()
	must(t, os.WriteFile(name, nil, mode))
	must(t, os.Chmod(name, mode))
}

func plantFile(t *testing.T, name string, uid int) {
	t.Helper()
	must(t, os.WriteFile(name, []byte("old"), 0o644))
	must(t, os.Chown(name, uid, uid))
}

func wantOwner(t *testing.T, name string, uid uint32) {
	t.Helper()
	var st unix.Stat_t
	must(t, unix.Lstat(name, &st))
	if st.Uid != uid {
		t.Errorf("%s belongs to user %d, want %d", name, st.Uid, uid)
	}
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
