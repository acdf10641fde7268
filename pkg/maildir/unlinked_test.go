package maildir

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/sys/unix"
)

// A path without a link is opened at once, and any other path is left to resolve.
func TestOpenUnlinked(t *testing.T) {
	base, err := filepath.EvalSymlinks(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	long := strings.Repeat("/"+strings.Repeat("d", 200), 5)
	for _, dir := range []string{"/ann/Maildir", "/x (deleted)", long} {
		if err := os.MkdirAll(base+dir, 0o755); err != nil {
			t.Fatal(err)
		}
	}
	for link, target := range map[string]string{"/eve": base + "/ann", "/last": base + "/ann/Maildir", "/ann/up": ".."} {
		if err := os.Symlink(target, base+link); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.WriteFile(base+"/file", nil, 0o644); err != nil {
		t.Fatal(err)
	}
	tests := []struct {
		path string
		want bool
	}{
		{"/ann/Maildir", true},
		{"/eve/Maildir", false},
		{"/last", false},
		{"/ann/up/ann/Maildir", false},
		{"/missing", false},
		{"/file", false},
		{"/x (deleted)", false}, // The kernel has the same name for a directory x that was removed.
		{long, false},
	}
	for _, tt := range tests {
		t.Run(tt.path, func(t *testing.T) {
			fd := openUnlinked(base + tt.path)
			if fd >= 0 {
				defer unix.Close(fd)
			}
			if (fd >= 0) != tt.want {
				t.Errorf("openUnlinked() = %d, want a directory: %t", fd, tt.want)
			}
		})
	}
}

// A directory that was moved or removed after it was opened is not at its path.
func TestIsAt(t *testing.T) {
	base, err := filepath.EvalSymlinks(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	dir := base + "/ann"
	if err := os.Mkdir(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	fd, err := openAt(unix.AT_FDCWD, dir, unix.O_RDONLY|unix.O_DIRECTORY, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer unix.Close(fd)
	if !isAt(fd, dir) {
		t.Error("isAt() = false where the directory is")
	}
	if err := os.Rename(dir, base+"/bob"); err != nil {
		t.Fatal(err)
	}
	if isAt(fd, dir) || !isAt(fd, base+"/bob") {
		t.Error("isAt() does not follow the directory that was moved")
	}
	if err := os.Remove(base + "/bob"); err != nil {
		t.Fatal(err)
	}
	if isAt(fd, base+"/bob") || isAt(fd, base+"/bob (deleted)") {
		t.Error("isAt() = true for a directory that was removed")
	}
}
