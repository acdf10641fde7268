package main

import (
	"encoding/json"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// TestTargets compares the targets that are built with the declarations in all files of
// the tree, whatever their folder and their build tags. The names of the programs are unique,
// and such as OSS-Fuzz allows.
func TestTargets(t *testing.T) {
	packages, err := findPackages()
	if err != nil {
		t.Fatal(err)
	}
	var found, programs []string
	for _, p := range packages {
		for _, target := range p.Targets {
			found = append(found, strings.TrimPrefix(p.ImportPath, "tpops/")+" "+target.name)
			programs = append(programs, p.program(target))
		}
	}
	slices.Sort(found)
	if want := declared(t, "../.."); !slices.Equal(found, want) || len(found) < 70 {
		t.Errorf("targets %q\nwant %q", found, want)
	}
	slices.Sort(programs)
	for i, name := range programs {
		if i > 0 && programs[i-1] == name || !regexp.MustCompile(`^[A-Za-z0-9_]+_Fuzz[A-Za-z0-9]+$`).MatchString(name) {
			t.Errorf("%q", name)
		}
	}
}

// declared returns the folder and the name of each fuzz target, sorted. Go too ignores
// folders whose name begins with a dot, such as .build.
func declared(t *testing.T, top string) (all []string) {
	t.Helper()
	declaration := regexp.MustCompile(`(?m)^func (Fuzz\w+)\(`)
	err := filepath.WalkDir(top, func(name string, d fs.DirEntry, err error) error {
		if err == nil && d.IsDir() && name != top && strings.HasPrefix(d.Name(), ".") {
			return fs.SkipDir
		}
		if err != nil || !strings.HasSuffix(name, "_test.go") {
			return err
		}
		text, err := os.ReadFile(name)
		for _, match := range declaration.FindAllStringSubmatch(string(text), -1) {
			all = append(all, strings.TrimPrefix(filepath.Dir(name), top+"/")+" "+match[1])
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	slices.Sort(all)
	return all
}

// TestEnvironment holds that the programs are built for what project.yaml lists, and for
// nothing else that OSS-Fuzz can ask for.
func TestEnvironment(t *testing.T) {
	text, err := os.ReadFile("project.yaml")
	if err != nil {
		t.Fatal(err)
	}
	listed := regexp.MustCompile(`(?m)^  - (\w+)$`).FindAllStringSubmatch(string(text), -1)
	for _, test := range []struct {
		engine, sanitizer string
		isListed          bool
	}{
		{"", "", true}, {"libfuzzer", "none", true}, {"libfuzzer", "address", true}, {"afl", "address", false}, {"honggfuzz", "address", false},
		{"libfuzzer", "memory", false}, {"libfuzzer", "undefined", false}, {"libfuzzer", "coverage", false},
	} {
		get := func(name string) string {
			return map[string]string{"FUZZING_ENGINE": test.engine, "SANITIZER": test.sanitizer}[name]
		}
		if err := checkEnvironment(get); (err == nil) != test.isListed {
			t.Errorf("%q with %q: %v", test.engine, test.sanitizer, err)
		}
	}
	if len(listed) != 2 || listed[0][1] != "libfuzzer" || listed[1][1] != "address" {
		t.Errorf("project.yaml lists %v", listed)
	}
}

// TestOverlay checks that each file of an overlay exists, and that the driver's list of
// targets is Go.
func TestOverlay(t *testing.T) {
	t.Chdir("../..")
	packages, err := findPackages()
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range packages {
		name, err := p.overlay(t.TempDir())
		if err != nil {
			t.Fatal(err)
		}
		text, err := os.ReadFile(name)
		var overlay struct{ Replace map[string]string }
		if err != nil || json.Unmarshal(text, &overlay) != nil || len(overlay.Replace) != len(p.TestGoFiles)+len(p.XTestGoFiles)+1 {
			t.Fatalf("%s: %v\n%s", p.ImportPath, err, text)
		}
		for ordinary, file := range overlay.Replace {
			if _, err := os.Stat(file); err != nil || strings.HasSuffix(ordinary, "_test.go") {
				t.Errorf("%s: %s: %v", p.ImportPath, ordinary, err)
			}
		}
		if _, err := parser.ParseFile(token.NewFileSet(), "", p.list(), 0); err != nil {
			t.Errorf("%s: %v\n%s", p.ImportPath, err, p.list())
		}
	}
}
