package house

import (
	"os"
	"slices"
	"strings"
	"testing"

	"tpops/test/house/source"
)

// The tests named TestHouse check the rules of the source tree that a compiler
// does not know. They are part of 'make lint'.

// goFiles parses every source file below the folders.
func goFiles(t *testing.T, folders ...string) []*source.File {
	t.Helper()
	files, err := source.Read(os.DirFS("../.."), folders...)
	if err != nil {
		t.Fatal(err)
	}
	if len(files) == 0 {
		t.Fatalf("no source below %v", folders)
	}
	return files
}

// topLevel is what the top of the repository may hold besides dotfiles.
var topLevel = []string{
	"cmd", "pkg", "systemd", "packaging", "man", "test",
	"go.mod", "go.sum", "Makefile", "LICENSE", "README.md", "CHANGELOG.md", "CONTRIBUTING.md", "DESIGN.md",
	"SECURITY.md", "UPGRADING.md",
}

func TestHouseTopLevel(t *testing.T) {
	entries, err := os.ReadDir("../..")
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		if !strings.HasPrefix(e.Name(), ".") && !slices.Contains(topLevel, e.Name()) {
			t.Errorf("%s does not belong at the top of the repository", e.Name())
		}
	}
}
