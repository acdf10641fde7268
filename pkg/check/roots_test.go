package check

import (
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestRootsOnce checks that a missing directory is reported once: as an error if
// no directory of mail-roots is left, otherwise as a warning.
func TestRootsOnce(t *testing.T) {
	present, missing := t.TempDir(), filepath.Join(t.TempDir(), "missing")
	tests := []struct {
		name, roots          string
		wantErrors, warnings int
	}{
		{"all missing", missing, 1, 0},
		{"two missing", missing + "," + missing + "2", 2, 0},
		{"one missing", present + "," + missing, 0, 1},
		{"none missing", present, 0, 0},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			c := load(t, "mail-roots = \""+test.roots+"\"\n")
			count := &counter{Handler: slog.NewTextHandler(io.Discard, nil), warnings: new(int)}
			if got := roots(c, slog.New(count)); len(got) != test.wantErrors || *count.warnings != test.warnings {
				t.Errorf("%d errors %v and %d warnings, want %d and %d", len(got), got, *count.warnings, test.wantErrors, test.warnings)
			}
		})
	}
}

// TestRootsRejectsFile checks that a root which is no directory is an error, even if mail
// can be served in another one, and that a proxy needs no root.
func TestRootsRejectsFile(t *testing.T) {
	folder := t.TempDir()
	file := filepath.Join(folder, "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	text := "mail-roots = \"" + folder + "," + file + "\"\n"
	got := roots(load(t, text), slog.New(slog.DiscardHandler))
	if len(got) != 1 || !strings.Contains(got[0].Error(), file+" is not a directory") {
		t.Errorf("%v", got)
	}
	if got := roots(load(t, "mailbox-type = \"proxy\"\npop-server = \"192.0.2.1\"\n"), nil); got != nil {
		t.Errorf("a proxy: %v", got)
	}
}
