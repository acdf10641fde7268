package house

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path"
	"slices"
	"strings"
	"testing"
)

// The tests named TestHouse hold the rules of the source tree that a compiler
// does not know. They are part of 'make lint'.

// goFile is a parsed source file of cmd, pkg or test.
type goFile struct {
	path string // slash-separated, from the top of the repository
	test bool   // its name ends in _test.go
	ast  *ast.File
	fset *token.FileSet
}

// line returns the line of a position.
func (f *goFile) line(p token.Pos) int { return f.fset.Position(p).Line }

// folder returns the folder of the file.
func (f *goFile) folder() string { return path.Dir(f.path) }

// goFiles parses every source file below the folders.
func goFiles(t *testing.T, folders ...string) []*goFile {
	t.Helper()
	var files []*goFile
	fset := token.NewFileSet()
	root := os.DirFS("../..")
	walk := func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || path.Ext(name) != ".go" {
			return err
		}
		source, err := fs.ReadFile(root, name)
		if err != nil {
			return err
		}
		parsed, err := parser.ParseFile(fset, name, source, parser.ParseComments|parser.SkipObjectResolution)
		if err != nil {
			return err
		}
		files = append(files, &goFile{name, strings.HasSuffix(name, "_test.go"), parsed, fset})
		return nil
	}
	for _, folder := range folders {
		if err := fs.WalkDir(root, folder, walk); err != nil {
			t.Fatal(err)
		}
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

// Longer than this is too long to be read in one go.
const (
	maxFileLines     = 350
	maxFunctionLines = 60
)

func TestHouseSizes(t *testing.T) {
	for _, f := range goFiles(t, "cmd", "pkg") {
		if f.test {
			continue
		}
		if n := f.line(f.ast.FileEnd); n > maxFileLines {
			t.Errorf("%s has %d lines, more than %d", f.path, n, maxFileLines)
		}
		for _, decl := range f.ast.Decls {
			fn, ok := decl.(*ast.FuncDecl)
			if !ok {
				continue
			}
			if n := f.line(fn.End()) - f.line(fn.Pos()) + 1; n > maxFunctionLines {
				t.Errorf("%s: %s has %d lines, more than %d", f.path, fn.Name.Name, n, maxFunctionLines)
			}
		}
	}
}
