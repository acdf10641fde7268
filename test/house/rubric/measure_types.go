package main

import (
	"fmt"
	"go/ast"
	"path"
	"regexp"
	"slices"
	"strings"
)

// types measures types and interfaces.
func types(t *tree) []row {
	methods := map[string]int{}
	for _, f := range t.code {
		for _, decl := range f.ast.Decls {
			if fn, ok := decl.(*ast.FuncDecl); ok && fn.Recv != nil {
				methods[path.Base(f.folder())+"."+receiver(fn.Recv.List[0].Type)]++
			}
		}
	}
	sizes, largest := interfaces(t)
	return []row{
		{"types with the most methods", most(methods, 4)},
		{"largest interface / median", fmt.Sprintf("%s / %d", largest, quantile(sizes, 0.5))},
		{"fields of config.Config", fmt.Sprint(configFields(t))},
	}
}

// receiver returns the name of a receiver's type.
func receiver(e ast.Expr) string {
	switch x := e.(type) {
	case *ast.StarExpr:
		return receiver(x.X)
	case *ast.IndexExpr:
		return receiver(x.X)
	case *ast.Ident:
		return x.Name
	}
	return "?"
}

// most writes the n largest of a count.
func most(count map[string]int, n int) string {
	names := []string{}
	for name := range count {
		names = append(names, name)
	}
	slices.SortFunc(names, func(a, b string) int { return count[b] - count[a] })
	var text []string
	for _, name := range names[:min(n, len(names))] {
		text = append(text, fmt.Sprintf("%s %d", name, count[name]))
	}
	return strings.Join(text, ", ")
}

// typeSpecs calls visit with each type of the program.
func typeSpecs(t *tree, visit func(*file, *ast.TypeSpec)) {
	for _, f := range t.code {
		ast.Inspect(f.ast, func(n ast.Node) bool {
			if spec, ok := n.(*ast.TypeSpec); ok {
				visit(f, spec)
			}
			return true
		})
	}
}

func interfaces(t *tree) (sizes []int, largest string) {
	most := 0
	typeSpecs(t, func(f *file, spec *ast.TypeSpec) {
		i, ok := spec.Type.(*ast.InterfaceType)
		if !ok {
			return
		}
		n := i.Methods.NumFields()
		sizes = append(sizes, n)
		if n > most {
			most, largest = n, fmt.Sprintf("%d (%s.%s)", n, path.Base(f.folder()), spec.Name.Name)
		}
	})
	return sizes, largest
}

func configFields(t *tree) int {
	n := 0
	typeSpecs(t, func(f *file, spec *ast.TypeSpec) {
		if s, ok := spec.Type.(*ast.StructType); ok && f.folder() == "pkg/config" && spec.Name.Name == "Config" {
			n = s.Fields.NumFields()
		}
	})
	return n
}

// docs measures exported names and what is written about them.
func docs(t *tree) []row {
	exported, fails, say, unused := 0, 0, 0, []string{}
	for _, f := range t.code {
		for _, decl := range f.ast.Decls {
			for _, name := range exportedNames(decl) {
				exported++
				if !usedOutside(t, f, name) {
					unused = append(unused, path.Base(f.folder())+"."+name)
				}
			}
			if fn, ok := decl.(*ast.FuncDecl); ok && fn.Name.IsExported() && returnsError(fn) {
				fails++
				if aboutErrors.MatchString(fn.Doc.Text()) {
					say++
				}
			}
		}
	}
	return []row{
		{"exported names per 1,000 lines", fmt.Sprintf("%.0f (%d names)", 1000*float64(exported)/float64(total(t.code)), exported)},
		{"exported names without a use outside", fmt.Sprintf("%d", len(unused))},
		{"functions with an error whose comment names errors", fmt.Sprintf("%d of %d", say, fails)},
		{"comment share of lines", fmt.Sprintf("%d %%", 100*comments(t)/total(t.code))},
	}
}

// aboutErrors finds a comment that names what fails.
var aboutErrors = regexp.MustCompile(`(?i)error|fail|\bErr[A-Z]|nil`)

// exportedNames returns the exported names at the top of a file, without methods.
func exportedNames(decl ast.Decl) []string {
	var names []string
	add := func(id *ast.Ident) {
		if id.IsExported() {
			names = append(names, id.Name)
		}
	}
	switch d := decl.(type) {
	case *ast.FuncDecl:
		if d.Recv == nil {
			add(d.Name)
		}
	case *ast.GenDecl:
		for _, spec := range d.Specs {
			switch s := spec.(type) {
			case *ast.TypeSpec:
				add(s.Name)
			case *ast.ValueSpec:
				for _, id := range s.Names {
					add(id)
				}
			}
		}
	}
	return names
}

// usedOutside reports whether another package names an exported name.
func usedOutside(t *tree, from *file, name string) bool {
	text := from.ast.Name.Name + "." + name
	for _, list := range [][]*file{t.code, t.tests} {
		for _, f := range list {
			if f.folder() != from.folder() && strings.Contains(f.source, text) {
				return true
			}
		}
	}
	return false
}

func returnsError(fn *ast.FuncDecl) bool {
	if fn.Type.Results == nil {
		return false
	}
	return slices.ContainsFunc(fn.Type.Results.List, func(f *ast.Field) bool {
		id, ok := f.Type.(*ast.Ident)
		return ok && id.Name == "error"
	})
}

// comments returns the lines of comments.
func comments(t *tree) int {
	n := 0
	for _, f := range t.code {
		for _, group := range f.ast.Comments {
			n += t.length(group)
		}
	}
	return n
}
