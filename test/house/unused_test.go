package house

import (
	"slices"
	"testing"
	"testing/fstest"

	"tpops/test/house/source"
)

// TestHouseUnused fails for an exported name that no other package uses, and for
// an exception that is no longer needed.
func TestHouseUnused(t *testing.T) {
	unused := map[string]string{}
	for _, name := range source.Unused(goFiles(t, "cmd", "pkg", "man", "packaging", "test")) {
		unused[name] = "is exported, but no other package uses it"
	}
	for _, wrong := range unusedAllowed.check(unused) {
		t.Error(wrong)
	}
}

func TestHouseUnusedRules(t *testing.T) {
	root := fstest.MapFS{}
	for name, text := range map[string]string{
		"pkg/a/a.go": `package a
			type Given struct { In Field; out Hidden }
			type Field int
			type Hidden int
			type (Alone int)
			const Used, ByTest, ByTestTree, Within = 1, 2, 3, Used
			func Get() Given { return Given{} }
			func private() Hidden { return 0 }`,
		"pkg/a/a_test.go":      "package a\nvar _ = Within",
		"pkg/a/atest/a.go":     "package atest\nconst ForTests = 1\nconst Nobody = 2",
		"pkg/b/b.go":           "package b\nimport other \"tpops/pkg/a\"\nvar _ = other.Get() + other.Used",
		"pkg/b/b_test.go":      "package b\nimport \"tpops/pkg/a\"\nimport \"tpops/pkg/a/atest\"\nvar _ = a.ByTest + atest.ForTests",
		"test/fixture/file.go": "package fixture\nimport \"tpops/pkg/a\"\nvar _ = a.ByTestTree",
	} {
		root[name] = &fstest.MapFile{Data: []byte(text)}
	}
	files, err := source.Read(root, "pkg", "test")
	if err != nil {
		t.Fatal(err)
	}
	got := source.Unused(files)
	slices.Sort(got)
	want := []string{"pkg/a.Alone", "pkg/a.ByTest", "pkg/a.ByTestTree", "pkg/a.Hidden", "pkg/a.Within", "pkg/a/atest.Nobody"}
	if !slices.Equal(got, want) {
		t.Errorf("%q, want %q", got, want)
	}
}
