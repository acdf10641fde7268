// Package source reads the Go files of the repository for the tests of the tree
// and for the rubric, and measures them. Files are only parsed: build tags do not
// matter, and nothing is compiled.
package source

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"path"
	"strings"
)

// File is a parsed Go file.
type File struct {
	Path   string // slash-separated, from the top of the repository
	Source string
	Lines  int
	AST    *ast.File
	fset   *token.FileSet
}

// Folder returns the folder of the file.
func (f *File) Folder() string { return path.Dir(f.Path) }

// IsTest reports whether the name of the file ends in _test.go.
func (f *File) IsTest() bool { return strings.HasSuffix(f.Path, "_test.go") }

// ServesTests reports whether only tests use the file: a test, a file of a
// package such as pop3test, or a file outside of cmd and pkg.
func (f *File) ServesTests() bool {
	return f.IsTest() || ForTests(f.Folder()) || !strings.HasPrefix(f.Path, "cmd/") && !strings.HasPrefix(f.Path, "pkg/")
}

// ForTests reports whether the package in a folder is meant for tests, as
// pkg/pop3/pop3test.
func ForTests(folder string) bool { return strings.HasSuffix(folder, "test") }

// Line returns the line of a position in the file.
func (f *File) Line(p token.Pos) int { return f.fset.Position(p).Line }

// Length returns how many lines a node of the file has.
func (f *File) Length(n ast.Node) int { return f.Line(n.End()) - f.Line(n.Pos()) + 1 }

// Read parses the Go files below the folders of root, the top of the repository.
// It returns the first error of reading or parsing.
func Read(root fs.FS, folders ...string) ([]*File, error) {
	var files []*File
	fset := token.NewFileSet()
	walk := func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || path.Ext(name) != ".go" {
			return err
		}
		text, err := fs.ReadFile(root, name)
		if err != nil {
			return err
		}
		parsed, err := parser.ParseFile(fset, name, text, parser.ParseComments|parser.SkipObjectResolution)
		if err != nil {
			return err
		}
		files = append(files, &File{name, string(text), strings.Count(string(text), "\n"), parsed, fset})
		return nil
	}
	for _, folder := range folders {
		if err := fs.WalkDir(root, folder, walk); err != nil {
			return nil, err
		}
	}
	return files, nil
}
