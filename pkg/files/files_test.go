package files

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/sys/unix"
)

func TestRead(t *testing.T) {
	dir := t.TempDir()
	name := filepath.Join(dir, "file")
	if err := os.WriteFile(name, []byte("12345"), 0o600); err != nil {
		t.Fatal(err)
	}
	pipe := filepath.Join(dir, "pipe")
	if err := unix.Mkfifo(pipe, 0o600); err != nil {
		t.Fatal(err)
	}
	text, info, err := Read(name, 5)
	if string(text) != "12345" || err != nil || info.Size() != 5 {
		t.Errorf("%q, %v, %v", text, info, err)
	}
	for _, tt := range []struct {
		name  string
		limit int
		want  string
	}{
		{name, 4, "longer than 4 octets"},
		{pipe, 5, "not a regular file"}, // Read does not wait for a writer.
		{dir, 5, "not a regular file"},
		{"/dev/zero", 5, "not a regular file"},
		{name + "x", 5, "no such file"},
	} {
		text, _, err := Read(tt.name, tt.limit)
		var path *fs.PathError
		if text != nil || !errors.As(err, &path) || path.Path != tt.name || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%s: %q, %v, want %s", tt.name, text, err, tt.want)
		}
	}
}
