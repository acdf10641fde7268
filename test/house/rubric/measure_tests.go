package main

import (
	"fmt"
	"go/ast"
	"go/token"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	"tpops/test/house/source"
)

// tests measures tests.
func tests(t *tree) []row {
	fuzz := 0
	for _, f := range t.tests {
		for _, decl := range f.AST.Decls {
			if fn, ok := decl.(*ast.FuncDecl); ok && strings.HasPrefix(fn.Name.Name, "Fuzz") {
				fuzz++
			}
		}
	}
	transcripts, _ := filepath.Glob("pkg/*/testdata/transcripts/*.txt") // The pattern is good.
	return []row{
		{"test lines / code lines", fmt.Sprintf("%.2f", float64(total(t.tests))/float64(total(t.code)))},
		{"fuzz targets", fmt.Sprint(fuzz)},
		{"transcripts", fmt.Sprint(len(transcripts))},
	}
}

// globals measures what is not in a value.
func globals(t *tree) []row {
	inits := 0
	for _, fn := range t.functions() {
		if fn.Decl.Recv == nil && fn.Decl.Name.Name == "init" {
			inits++
		}
	}
	module, _ := os.ReadFile("go.mod") // Without it the figure is 0.
	direct := 0
	for line := range strings.Lines(string(module)) {
		if strings.HasPrefix(line, "\t") && !strings.Contains(line, "// indirect") {
			direct++
		}
	}
	return []row{
		{"package variables that are assigned in functions", fmt.Sprint(assigned(t))},
		{"init functions", fmt.Sprint(inits)},
		{"direct dependencies", fmt.Sprint(direct)},
	}
}

// assigned counts the assignments of functions to variables of their package.
func assigned(t *tree) int {
	n := 0
	variables := map[string]bool{} // folder.name
	for _, f := range t.code {
		for _, name := range variablesOf(f) {
			variables[f.Folder()+"."+name] = true
		}
	}
	for _, f := range t.code {
		ast.Inspect(f.AST, func(node ast.Node) bool {
			a, ok := node.(*ast.AssignStmt)
			if !ok || a.Tok == token.DEFINE {
				return true
			}
			for _, left := range a.Lhs {
				if id, ok := left.(*ast.Ident); ok && variables[f.Folder()+"."+id.Name] {
					n++
				}
			}
			return true
		})
	}
	return n
}

// variablesOf returns the names of the package variables that a file declares.
func variablesOf(f *source.File) []string {
	var names []string
	for _, decl := range f.AST.Decls {
		d, ok := decl.(*ast.GenDecl)
		if !ok || d.Tok != token.VAR {
			continue
		}
		for _, spec := range d.Specs {
			for _, id := range spec.(*ast.ValueSpec).Names {
				names = append(names, id.Name)
			}
		}
	}
	return slices.DeleteFunc(names, func(name string) bool { return name == "_" })
}

// odd finds phrases that make a technical text hard to read.
var odd = regexp.MustCompile(`(?i)\b(who|nobody|whom|tells?|told|said|says|behind|by itself|goes before|that is none|are none)\b`)

// prose measures the words of the English manual and the README.
func prose(*tree) []row {
	pages, _ := filepath.Glob("man/*.[578]") // The pattern is good.
	words, found := 0, 0
	for _, page := range append(pages, "README.md") {
		text, err := os.ReadFile(page)
		if err != nil {
			continue
		}
		words += len(strings.Fields(string(text)))
		found += len(odd.FindAllString(string(text), -1))
	}
	var lines []string
	for _, page := range pages {
		text, _ := os.ReadFile(page) // It was read above.
		lines = append(lines, fmt.Sprintf("%s %d", filepath.Base(page), strings.Count(string(text), "\n")))
	}
	return []row{
		{"odd words per 10,000 in manuals and README", fmt.Sprintf("%.1f (%d of %d)", 10000*float64(found)/float64(max(words, 1)), found, words)},
		{"lines of the manual pages", strings.Join(lines, ", ")},
	}
}
