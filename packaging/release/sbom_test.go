package main

import (
	"bytes"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
)

// at is a release for tests.
func at() release { return release{"1.2.3", time.Date(2026, 12, 1, 10, 0, 0, 0, time.UTC)} }

// output runs a program and returns what it prints.
func output(t *testing.T, name string, args ...string) string {
	t.Helper()
	cmd := exec.Command(name, args...)
	var errs strings.Builder
	cmd.Stderr = &errs
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("%s %q: %v\n%s%s", name, args, err, out, errs.String())
	}
	return string(out)
}

// readBOM decodes a document.
func readBOM(t *testing.T, text []byte) bom {
	t.Helper()
	var b bom
	decoder := json.NewDecoder(bytes.NewReader(text))
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(&b); err != nil {
		t.Fatal(err)
	}
	return b
}

// wantLinked fails the test unless the document has exactly the modules of the program
// that go version -m shows, with their sums in go.sum.
func wantLinked(t *testing.T, b bom, folder, program string) {
	t.Helper()
	text, err := os.ReadFile("../../go.sum")
	if err != nil {
		t.Fatal(err)
	}
	var want []string
	shown := output(t, "go", "version", "-m", filepath.Join(folder, program))
	first, _, _ := strings.Cut(shown, "\n")
	want = append(want, "std "+first[strings.LastIndex(first, " go")+3:]+" ")
	for line := range strings.Lines(shown) {
		if f := strings.Fields(line); len(f) == 4 && f[0] == "dep" {
			want = append(want, strings.Join(f[1:], " "))
			if !strings.Contains(string(text), strings.Join(f[1:], " ")+"\n") {
				t.Errorf("go.sum has no line %q", f[1:])
			}
		}
	}
	got := b.modulesOf("file:/" + program)
	slices.Sort(got)
	slices.Sort(want)
	if len(want) < 2 || !slices.Equal(got, want) {
		t.Errorf("%s: the SBOM has\n%s\ngo version -m has\n%s", program, strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
}

// modulesOf returns "path version sum" of each Go module of a component.
func (b bom) modulesOf(ref string) []string {
	var modules []string
	for _, d := range b.Dependencies {
		if d.Ref != ref {
			continue
		}
		for _, c := range b.Components {
			if !slices.Contains(d.DependsOn, c.Ref) || c.PURL == "" {
				continue
			}
			sum := ""
			for _, p := range c.Properties {
				sum = p.Value
			}
			modules = append(modules, c.Name+" "+c.Version+" "+sum)
		}
	}
	return modules
}

// The SBOM of a program has its sum and the modules that go version -m shows. A second
// program adds only what the first does not have. Other files are not programs.
func TestSBOM(t *testing.T) {
	folder := t.TempDir()
	for _, program := range []string{"tpops_passwd", "tpops_pam"} {
		output(t, "go", "build", "-buildvcs=false", "-o", filepath.Join(folder, program), "../../cmd/"+program)
	}
	if err := os.WriteFile(filepath.Join(folder, "README"), []byte("text"), 0o600); err != nil {
		t.Fatal(err)
	}
	artifact := filepath.Join(folder, "README")
	var first, second bytes.Buffer
	for _, b := range []*bytes.Buffer{&first, &second} {
		if err := at().writeSBOM(b, artifact, []string{folder}); err != nil {
			t.Fatal(err)
		}
	}
	if !bytes.Equal(first.Bytes(), second.Bytes()) {
		t.Error("two documents differ")
	}
	b := readBOM(t, first.Bytes())
	for _, program := range []string{"tpops_passwd", "tpops_pam"} {
		wantLinked(t, b, folder, program)
	}
	wantWhole(t, b, folder)
	sum := strings.Fields(output(t, "sha256sum", artifact))[0]
	if m := b.Metadata; m.Component.Hashes[0].Content != sum || m.Timestamp != "2026-12-01T10:00:00Z" || m.Component.Version != "1.2.3" {
		t.Errorf("metadata: %+v", m)
	}
	if err := at().writeSBOM(&first, artifact, []string{t.TempDir()}); err == nil {
		t.Error("a folder without programs is accepted")
	}
}

// wantWhole fails the test unless each component is there once, each program has its sum,
// and each dependency is there.
func wantWhole(t *testing.T, b bom, folder string) {
	t.Helper()
	var refs []string
	for _, c := range b.Components {
		if slices.Contains(refs, c.Ref) {
			t.Errorf("%s is there twice", c.Ref)
		}
		refs = append(refs, c.Ref)
		if c.Type == "application" && !strings.HasPrefix(output(t, "sha256sum", folder+c.Name), c.Hashes[0].Content+" ") {
			t.Errorf("%s has another sum", c.Name)
		}
	}
	for _, d := range b.Dependencies {
		for _, ref := range d.DependsOn {
			if !slices.Contains(refs, ref) {
				t.Errorf("%s depends on %s, which is missing", d.Ref, ref)
			}
		}
	}
}

// The SBOM of the source has the modules in go.mod.
func TestSourceSBOM(t *testing.T) {
	t.Chdir("../..")
	var text bytes.Buffer
	if err := at().writeSBOM(&text, "go.mod", nil); err != nil {
		t.Fatal(err)
	}
	got := readBOM(t, text.Bytes()).modulesOf("go.mod")
	slices.Sort(got)
	var want []string
	for line := range strings.Lines(output(t, "go", "list", "-m", "-f", "{{if not .Main}}{{.Path}} {{.Version}} {{.Sum}}{{end}}", "all")) {
		if f := strings.Fields(line); len(f) == 3 {
			want = append(want, strings.Join(f, " "))
		}
	}
	// go list also names modules that only tests of modules need.
	for _, module := range got {
		if !slices.Contains(want, module) {
			t.Errorf("%s is not a module of the source", module)
		}
	}
	if len(got) < 20 {
		t.Errorf("%d modules", len(got))
	}
}
