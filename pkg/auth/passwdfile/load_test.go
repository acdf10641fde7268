package passwdfile

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestOpenErrorHasPathOnce checks the error of a file that cannot be read: as root it is a
// directory, for other users it has no mode.
func TestOpenErrorHasPathOnce(t *testing.T) {
	dir := t.TempDir()
	closed := filepath.Join(dir, "closed")
	if err := os.WriteFile(closed, []byte("ann:{PLAIN}x::::/home/ann::\n"), 0); err != nil {
		t.Fatal(err)
	}
	paths := []string{dir, filepath.Join(dir, "missing")}
	if os.Geteuid() != 0 {
		paths = append(paths, closed)
	}
	for _, path := range paths {
		if _, err := Open(t.Context(), Options{Path: path}); err == nil || strings.Count(err.Error(), path) != 1 {
			t.Errorf("%s: %v", path, err)
		}
	}
}
