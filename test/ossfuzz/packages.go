package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io"
	"os/exec"
	"path/filepath"
	"strings"
)

// goPackage is a package with fuzz targets, as go list describes it.
type goPackage struct {
	Dir, ImportPath           string
	TestGoFiles, XTestGoFiles []string
	Targets                   []target `json:"-"`
}

// target is a fuzz target. External ones are in a package of tests only, NAME_test.
type target struct {
	name     string
	external bool
}

// name returns the package's part of the names of its programs: its path, without the
// folder in which most packages are.
func (p *goPackage) name() string {
	path := strings.TrimPrefix(p.ImportPath, "tpops/")
	return strings.ReplaceAll(strings.TrimPrefix(path, "pkg/"), "/", "_")
}

// program returns the name of the program of a target. Targets of several packages have
// the same name.
func (p *goPackage) program(t target) string { return p.name() + "_" + t.name }

// findPackages returns the packages with fuzz targets.
func findPackages() ([]*goPackage, error) {
	out, err := exec.Command("go", "list", "-json=Dir,ImportPath,TestGoFiles,XTestGoFiles", "tpops/...").Output()
	if err != nil {
		return nil, fmt.Errorf("go list: %w", err)
	}
	var found []*goPackage
	for list := json.NewDecoder(strings.NewReader(string(out))); ; {
		p := &goPackage{}
		if err := list.Decode(p); errors.Is(err, io.EOF) {
			return found, nil
		} else if err != nil {
			return nil, err
		}
		if err := errors.Join(p.findTargets(p.TestGoFiles, false), p.findTargets(p.XTestGoFiles, true)); err != nil {
			return nil, err
		}
		if len(p.Targets) > 0 {
			found = append(found, p)
		}
	}
}

// findTargets adds the targets that are declared in files.
func (p *goPackage) findTargets(files []string, external bool) error {
	for _, name := range files {
		file, err := parser.ParseFile(token.NewFileSet(), filepath.Join(p.Dir, name), nil, 0)
		if err != nil {
			return err
		}
		for _, d := range file.Decls {
			if f, ok := d.(*ast.FuncDecl); ok && f.Recv == nil && strings.HasPrefix(f.Name.Name, "Fuzz") {
				p.Targets = append(p.Targets, target{f.Name.Name, external})
			}
		}
	}
	return nil
}
