package house

import (
	"go/ast"
	"testing"
)

func TestHouseDocs(t *testing.T) {
	documented := map[string]bool{} // folder → some file says what the package is
	for _, f := range goFiles(t, "cmd", "pkg") {
		if f.IsTest() {
			continue
		}
		documented[f.Folder()] = documented[f.Folder()] || f.AST.Doc != nil
		for _, decl := range f.AST.Decls {
			for _, name := range undocumented(decl) {
				t.Errorf("%s:%d: %s has no comment", f.Path, f.Line(name.Pos()), name.Name)
			}
		}
	}
	for folder, ok := range documented {
		if !ok {
			t.Errorf("%s: the package has no comment", folder)
		}
	}
}

// undocumented returns the exported names that decl declares without a
// comment. In a group of constants or variables, the group's comment or one
// at the end of the line does.
func undocumented(decl ast.Decl) []*ast.Ident {
	switch d := decl.(type) {
	case *ast.FuncDecl:
		if d.Doc == nil && d.Name.IsExported() && (d.Recv == nil || exportedType(d.Recv.List[0].Type)) {
			return []*ast.Ident{d.Name}
		}
	case *ast.GenDecl:
		var names []*ast.Ident
		for _, spec := range d.Specs {
			names = append(names, undocumentedSpec(d, spec)...)
		}
		return names
	}
	return nil
}

func undocumentedSpec(d *ast.GenDecl, spec ast.Spec) []*ast.Ident {
	switch s := spec.(type) {
	case *ast.TypeSpec:
		if s.Name.IsExported() && s.Doc == nil && (d.Doc == nil || d.Lparen.IsValid()) {
			return []*ast.Ident{s.Name}
		}
	case *ast.ValueSpec:
		if d.Doc != nil || s.Doc != nil || s.Comment != nil {
			return nil
		}
		var names []*ast.Ident
		for _, name := range s.Names {
			if name.IsExported() {
				names = append(names, name)
			}
		}
		return names
	}
	return nil
}

// exportedType reports whether a receiver's type is exported.
func exportedType(e ast.Expr) bool {
	switch x := e.(type) {
	case *ast.StarExpr:
		return exportedType(x.X)
	case *ast.IndexExpr:
		return exportedType(x.X)
	case *ast.IndexListExpr:
		return exportedType(x.X)
	case *ast.Ident:
		return x.IsExported()
	}
	return false
}
