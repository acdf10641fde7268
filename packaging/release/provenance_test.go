package main

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
)

// The provenance has the sums of all files, the commit, Go, all modules of go.sum and the
// packages of the compilers.
func TestProvenance(t *testing.T) {
	folder := t.TempDir()
	if err := os.WriteFile(filepath.Join(folder, "file"), []byte("text"), 0o600); err != nil {
		t.Fatal(err)
	}
	t.Chdir("../..")
	var out bytes.Buffer
	if err := at().writeProvenance(&out, folder, "abc", strings.NewReader("gcc-12 amd64 12.2.0-14\n")); err != nil {
		t.Fatal(err)
	}
	var s statement
	if err := json.Unmarshal(out.Bytes(), &s); err != nil {
		t.Fatal(err)
	}
	if sum := strings.Fields(output(t, "sha256sum", folder+"/file"))[0]; len(s.Subject) != 1 || s.Subject[0].Digest["sha256"] != sum {
		t.Errorf("subject %+v", s.Subject)
	}
	inputs := s.Predicate.Definition.Inputs
	if inputs[0].Digest["gitCommit"] != "abc" || inputs[len(inputs)-1].URI != "pkg:deb/debian/gcc-12@12.2.0-14?arch=amd64" {
		t.Errorf("first %+v, last %+v", inputs[0], inputs[len(inputs)-1])
	}
	if got := s.Predicate.Details.Builder.Version["go"]; got != runtime.Version() {
		t.Errorf("made by %s", got)
	}
	modules := 0
	for _, path := range []string{"go.sum", "packaging/tools/go.sum"} {
		for line := range strings.Lines(text(t, path)) {
			if !strings.Contains(line, "/go.mod ") {
				modules++
			}
		}
	}
	if len(inputs) != modules+2 {
		t.Errorf("%d inputs, want %d modules, the commit and a package", len(inputs), modules)
	}
	for _, input := range inputs[1 : len(inputs)-1] {
		if len(input.Digest["dirHash"]) != 64 {
			t.Errorf("no sum: %+v", input)
		}
	}
	if err := at().writeProvenance(&out, folder, "abc", strings.NewReader("gcc-12\n")); err == nil {
		t.Error("a malformed list of packages is accepted")
	}
}
