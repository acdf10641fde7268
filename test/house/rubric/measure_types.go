package main

import (
	"fmt"
	"go/ast"
	"path"
	"regexp"
	"slices"
	"strings"

	"tpops/test/house/source"
)

// types measures types and interfaces.
func types(t *tree) []row {
	methods := map[string]int{}
	for _, fn := range t.functions() {
		if fn.Decl.Recv != nil {
			methods[path.Base(fn.File.Folder())+"."+source.Receiver(fn.Decl.Recv.List[0].Type)]++
		}
	}
	sizes, largest := interfaces(t)
	return []row{
		{"types with the most methods", most(methods, 4)},
		{"largest interface / median", fmt.Sprintf("%s / %d", largest, quantile(sizes, 0.5))},
		{"fields of config.Config", fmt.Sprint(configFields(t))},
	}
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
func typeSpecs(t *tree, visit func(*source.File, *ast.TypeSpec)) {
	for _, f := range t.code {
		ast.Inspect(f.AST, func(n ast.Node) bool {
			if spec, ok := n.(*ast.TypeSpec); ok {
				visit(f, spec)
			}
			return true
		})
	}
}

func interfaces(t *tree) (sizes []int, largest string) {
	most := 0
	typeSpecs(t, func(f *source.File, spec *ast.TypeSpec) {
		i, ok := spec.Type.(*ast.InterfaceType)
		if !ok {
			return
		}
		n := i.Methods.NumFields()
		sizes = append(sizes, n)
		if n > most {
			most, largest = n, fmt.Sprintf("%d (%s.%s)", n, path.Base(f.Folder()), spec.Name.Name)
		}
	})
	return sizes, largest
}

func configFields(t *tree) int {
	n := 0
	typeSpecs(t, func(f *source.File, spec *ast.TypeSpec) {
		if s, ok := spec.Type.(*ast.StructType); ok && f.Folder() == "pkg/config" && spec.Name.Name == "Config" {
			n = s.Fields.NumFields()
		}
	})
	return n
}

// docs measures exported names and what is written about them.
func docs(t *tree) []row {
	exported, fails, say := 0, 0, 0
	for _, f := range t.code {
		for _, decl := range f.AST.Decls {
			exported += len(source.ExportedNames(decl))
		}
		for _, fn := range f.Functions() {
			if !fn.Decl.Name.IsExported() || !returnsError(fn.Decl) {
				continue
			}
			fails++
			if aboutErrors.MatchString(fn.Decl.Doc.Text()) {
				say++
			}
		}
	}
	return []row{
		{"exported names per 1,000 lines", fmt.Sprintf("%.0f (%d names)", 1000*float64(exported)/float64(total(t.code)), exported)},
		{"exported names that no other package uses", fmt.Sprint(len(source.Unused(t.all)))},
		{"functions with an error whose comment names errors", fmt.Sprintf("%d of %d", say, fails)},
		{"comment share of lines", fmt.Sprintf("%d %%", 100*comments(t)/total(t.code))},
	}
}

// aboutErrors finds a comment that names what fails.
var aboutErrors = regexp.MustCompile(`(?i)error|fail|\bErr[A-Z]|nil`)

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
		for _, group := range f.AST.Comments {
			n += f.Length(group)
		}
	}
	return n
}
