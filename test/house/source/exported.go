package source

import (
	"go/ast"
	"path"
	"slices"
	"strconv"
	"strings"
)

// ExportedNames returns the exported names that a declaration at the top of a
// file has, without methods.
func ExportedNames(decl ast.Decl) []*ast.Ident {
	var names []*ast.Ident
	switch d := decl.(type) {
	case *ast.FuncDecl:
		if d.Recv == nil {
			names = append(names, d.Name)
		}
	case *ast.GenDecl:
		for _, spec := range d.Specs {
			names = append(names, namesOf(spec)...)
		}
	}
	return slices.DeleteFunc(names, func(id *ast.Ident) bool { return !id.IsExported() })
}

func namesOf(spec ast.Spec) []*ast.Ident {
	switch s := spec.(type) {
	case *ast.TypeSpec:
		return []*ast.Ident{s.Name}
	case *ast.ValueSpec:
		return slices.Clone(s.Names)
	}
	return nil
}

// Unused returns the exported names of packages below pkg that no other package
// uses, as folder.Name. A test uses only names of packages for tests: what a
// package exports for the tests of another one is not an interface. A type is
// used too if an exported declaration of its package has it in its signature or
// in a field, since other packages get its values that way.
func Unused(files []*File) []string {
	used := map[string]bool{}
	for _, f := range files {
		markSelected(used, f)
		if !f.IsTest() {
			markGiven(used, f)
		}
	}
	var unused []string
	for _, f := range files {
		if f.IsTest() || !strings.HasPrefix(f.Path, "pkg/") {
			continue
		}
		for _, decl := range f.AST.Decls {
			unused = append(unused, unusedOf(used, f.Folder(), decl)...)
		}
	}
	return unused
}

func unusedOf(used map[string]bool, folder string, decl ast.Decl) []string {
	var unused []string
	for _, id := range ExportedNames(decl) {
		if name := folder + "." + id.Name; !used[name] {
			unused = append(unused, name)
		}
	}
	return unused
}

// markSelected adds the names of other packages that a file uses.
func markSelected(used map[string]bool, f *File) {
	forTests := f.IsTest() || strings.HasPrefix(f.Path, "test/")
	packages := imported(f)
	ast.Inspect(f.AST, func(n ast.Node) bool {
		s, ok := n.(*ast.SelectorExpr)
		if !ok {
			return true
		}
		x, ok := s.X.(*ast.Ident)
		if !ok {
			return true
		}
		folder, ours := packages[x.Name]
		if ours && folder != f.Folder() && (!forTests || ForTests(folder)) {
			used[folder+"."+s.Sel.Name] = true
		}
		return true
	})
}

// imported returns the folders of our packages that a file imports, by the name
// that they have in it.
func imported(f *File) map[string]string {
	names := map[string]string{}
	for _, spec := range f.AST.Imports {
		text, _ := strconv.Unquote(spec.Path.Value) // The parser has checked it.
		folder, ours := strings.CutPrefix(text, "tpops/")
		switch {
		case !ours:
		case spec.Name != nil:
			names[spec.Name.Name] = folder
		default:
			names[path.Base(folder)] = folder
		}
	}
	return names
}

// markGiven adds the types that a file's exported declarations give to other
// packages.
func markGiven(used map[string]bool, f *File) {
	for _, decl := range f.AST.Decls {
		for _, e := range given(decl) {
			ast.Inspect(e, func(n ast.Node) bool {
				if id, ok := n.(*ast.Ident); ok && id.IsExported() {
					used[f.Folder()+"."+id.Name] = true
				}
				return true
			})
		}
	}
}

// given returns the types that stand in a declaration where another package can
// see them: in the signature of a function, in fields, as the type of a value.
func given(decl ast.Decl) []ast.Expr {
	switch d := decl.(type) {
	case *ast.FuncDecl:
		if d.Name.IsExported() && (d.Recv == nil || ast.IsExported(Receiver(d.Recv.List[0].Type))) {
			return []ast.Expr{d.Type}
		}
	case *ast.GenDecl:
		var types []ast.Expr
		for _, spec := range d.Specs {
			types = append(types, givenBy(spec)...)
		}
		return types
	}
	return nil
}

func givenBy(spec ast.Spec) []ast.Expr {
	switch s := spec.(type) {
	case *ast.TypeSpec:
		if s.Name.IsExported() {
			return fieldTypes(s.Type)
		}
	case *ast.ValueSpec:
		if s.Type != nil && s.Names[0].IsExported() {
			return []ast.Expr{s.Type}
		}
	}
	return nil
}

// fieldTypes returns the types of a struct's fields that other packages see, and
// any other type as it is.
func fieldTypes(e ast.Expr) []ast.Expr {
	s, ok := e.(*ast.StructType)
	if !ok {
		return []ast.Expr{e}
	}
	var types []ast.Expr
	for _, f := range s.Fields.List {
		if len(f.Names) == 0 || f.Names[0].IsExported() {
			types = append(types, f.Type)
		}
	}
	return types
}
