package main

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path"
	"slices"
	"strings"
)

// file is a parsed Go file.
type file struct {
	path   string // from the top of the source tree
	source string
	lines  int
	ast    *ast.File
}

// folder returns the folder of the file.
func (f *file) folder() string { return path.Dir(f.path) }

// tree is all Go files, those of the program and those of its tests apart.
type tree struct {
	fset  *token.FileSet
	code  []*file // below cmd and pkg, without tests and their helpers
	tests []*file
}

// line returns the line of a position.
func (t *tree) line(p token.Pos) int { return t.fset.Position(p).Line }

// length returns how many lines a node has.
func (t *tree) length(n ast.Node) int { return t.line(n.End()) - t.line(n.Pos()) + 1 }

// in returns the files of the program in a folder and below.
func (t *tree) in(folder string) []*file {
	var some []*file
	for _, f := range t.code {
		if f.folder() == folder || strings.HasPrefix(f.path, folder+"/") {
			some = append(some, f)
		}
	}
	return some
}

// testsIn returns the test files in a folder and below.
func (t *tree) testsIn(folder string) []*file {
	return slices.DeleteFunc(slices.Clone(t.tests), func(f *file) bool { return !strings.HasPrefix(f.path, folder+"/") })
}

// functions returns every function of the program.
func (t *tree) functions() []*ast.FuncDecl {
	var all []*ast.FuncDecl
	for _, f := range t.code {
		for _, decl := range f.ast.Decls {
			if fn, ok := decl.(*ast.FuncDecl); ok && fn.Body != nil {
				all = append(all, fn)
			}
		}
	}
	return all
}

// read parses the Go files below the folders.
func read(folders ...string) (*tree, error) {
	t := &tree{fset: token.NewFileSet()}
	for _, folder := range folders {
		if err := fs.WalkDir(os.DirFS("."), folder, t.add); err != nil {
			return nil, err
		}
	}
	return t, nil
}

func (t *tree) add(name string, d fs.DirEntry, err error) error {
	if err != nil || d.IsDir() || path.Ext(name) != ".go" {
		return err
	}
	source, err := os.ReadFile(name)
	if err != nil {
		return err
	}
	parsed, err := parser.ParseFile(t.fset, name, source, parser.ParseComments|parser.SkipObjectResolution)
	if err != nil {
		return err
	}
	f := &file{name, string(source), strings.Count(string(source), "\n"), parsed}
	if isTest(name) {
		t.tests = append(t.tests, f)
	} else {
		t.code = append(t.code, f)
	}
	return nil
}

// isTest reports whether a file serves tests alone.
func isTest(name string) bool {
	folder := path.Dir(name)
	return strings.HasSuffix(name, "_test.go") || strings.HasSuffix(folder, "test") ||
		!strings.HasPrefix(name, "cmd/") && !strings.HasPrefix(name, "pkg/")
}

// total returns the lines of files.
func total(files []*file) int {
	n := 0
	for _, f := range files {
		n += f.lines
	}
	return n
}

// quantile returns the value that the share q of the values does not exceed.
func quantile(values []int, q float64) int {
	if len(values) == 0 {
		return 0
	}
	sorted := slices.Sorted(slices.Values(values))
	return sorted[int(q*float64(len(sorted)-1))]
}
