package main

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
)

// externalFolder is where an overlay has the files of a package of tests only.
const externalFolder = "libfuzzer_external"

// overlay writes an overlay for go build, in which the files of tests of the package are
// ordinary files, and the driver has its targets. It returns its name.
func (p *goPackage) overlay(work string) (string, error) {
	replace := map[string]string{}
	for _, name := range p.TestGoFiles {
		replace[filepath.Join(p.Dir, ordinary(name))] = filepath.Join(p.Dir, name)
	}
	for _, name := range p.XTestGoFiles {
		replace[filepath.Join(p.Dir, externalFolder, ordinary(name))] = filepath.Join(p.Dir, name)
	}
	list, err := filepath.Abs("test/ossfuzz/driver/targets.go")
	if err != nil {
		return "", err
	}
	replace[list] = filepath.Join(work, "targets.go")
	if err := os.WriteFile(replace[list], []byte(p.list()), 0o600); err != nil {
		return "", err
	}
	text, err := json.Marshal(map[string]any{"Replace": replace})
	if err != nil {
		return "", err
	}
	name := filepath.Join(work, "overlay.json")
	return name, os.WriteFile(name, text, 0o600)
}

// ordinary returns another name for a file of tests. The end of the name stays, as it may
// name a system.
func ordinary(name string) string {
	return "libfuzzer_" + strings.TrimSuffix(name, "_test.go") + ".go"
}

// list returns the source of the driver's list of targets.
func (p *goPackage) list() string {
	imports := map[string]string{}
	var lines strings.Builder
	for _, t := range p.Targets {
		from, path := "internal", p.ImportPath
		if t.external {
			from, path = "external", p.ImportPath+"/"+externalFolder
		}
		imports[from] = path
		fmt.Fprintf(&lines, "\t%q: %s.%s,\n", t.name, from, t.name)
	}
	var text strings.Builder
	text.WriteString("//go:build libfuzzer\n\npackage main\n\nimport (\n\t\"testing\"\n")
	for name, path := range imports {
		fmt.Fprintf(&text, "\t%s %q\n", name, path)
	}
	fmt.Fprintf(&text, ")\n\nconst folder = %q\n\nvar targets = map[string]func(*testing.F){\n%s}\n", p.name()+"_data", lines.String())
	return text.String()
}
