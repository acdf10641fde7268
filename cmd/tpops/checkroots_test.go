package main

import (
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"testing"

	"tpops/pkg/config"
)

// TestCheckRootsOnce checks that a missing directory is reported once: as an error if
// no directory of mail-roots is left, otherwise as a warning.
func TestCheckRootsOnce(t *testing.T) {
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
			name := filepath.Join(t.TempDir(), "tpops.toml")
			if err := os.WriteFile(name, []byte("mail-roots = \""+test.roots+"\"\n"), 0o600); err != nil {
				t.Fatal(err)
			}
			c, err := config.Load(config.Source{Args: []string{"--config=" + name}, Hostname: "host"})
			if err != nil {
				t.Fatal(err)
			}
			count := &countedLog{Handler: slog.NewTextHandler(io.Discard, nil), found: new(int)}
			p := &program{config: c, logger: slog.New(count)}
			if got := p.checkRoots(); len(got) != test.wantErrors || *count.found != test.warnings {
				t.Errorf("%d errors %v and %d warnings, want %d and %d", len(got), got, *count.found, test.wantErrors, test.warnings)
			}
		})
	}
}
