package source

import (
	"go/ast"
	"go/token"
)

// Function is a function of a file.
type Function struct {
	File *File
	Decl *ast.FuncDecl
}

// Functions returns the functions and methods of a file that have a body.
// Literals are part of the function that they are in.
func (f *File) Functions() []Function {
	var all []Function
	for _, decl := range f.AST.Decls {
		if fn, ok := decl.(*ast.FuncDecl); ok && fn.Body != nil {
			all = append(all, Function{f, fn})
		}
	}
	return all
}

// Name returns folder.Function or folder.Type.Method.
func (f Function) Name() string {
	name := f.File.Folder() + "."
	if f.Decl.Recv != nil {
		name += Receiver(f.Decl.Recv.List[0].Type) + "."
	}
	return name + f.Decl.Name.Name
}

// Receiver returns the name of a receiver's type.
func Receiver(e ast.Expr) string {
	switch x := e.(type) {
	case *ast.StarExpr:
		return Receiver(x.X)
	case *ast.IndexExpr:
		return Receiver(x.X)
	case *ast.IndexListExpr:
		return Receiver(x.X)
	case *ast.Ident:
		return x.Name
	}
	return "?"
}

// Length returns the lines of the function, with its first and last one.
func (f Function) Length() int { return f.File.Length(f.Decl) }

// Complexity returns the cyclomatic complexity: 1, and 1 for each branch, loop,
// case and logical operator.
func (f Function) Complexity() int {
	n := 1
	ast.Inspect(f.Decl.Body, func(node ast.Node) bool {
		n += branches(node)
		return true
	})
	return n
}

// branches returns how many branches a node adds, without those inside of it.
func branches(node ast.Node) int {
	more := false
	switch node := node.(type) {
	case *ast.IfStmt, *ast.ForStmt, *ast.RangeStmt:
		more = true
	case *ast.CaseClause:
		more = node.List != nil
	case *ast.CommClause:
		more = node.Comm != nil
	case *ast.BinaryExpr:
		more = node.Op == token.LAND || node.Op == token.LOR
	}
	if more {
		return 1
	}
	return 0
}

// Nesting returns how deep statements with blocks lie in one another.
func (f Function) Nesting() int { return nesting(f.Decl.Body) }

func nesting(block ast.Node) int {
	deepest := 0
	ast.Inspect(block, func(node ast.Node) bool {
		if node == block || node == nil {
			return true
		}
		switch node.(type) {
		case *ast.IfStmt, *ast.ForStmt, *ast.RangeStmt, *ast.SwitchStmt, *ast.TypeSwitchStmt, *ast.SelectStmt:
			deepest = max(deepest, 1+nesting(node))
			return false
		}
		return true
	})
	return deepest
}
