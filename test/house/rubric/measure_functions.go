package main

import (
	"cmp"
	"fmt"
	"go/ast"
	"go/token"
	"slices"
	"strings"
)

// protocol measures how far pkg/pop3 is spread.
func protocol(t *tree) []row {
	uidl, writes, texts := 0, map[string]int{}, map[string]int{}
	for _, f := range t.in("pkg/pop3") {
		if strings.Contains(f.source, "UIDL") {
			uidl++
		}
	}
	for _, f := range t.code {
		ast.Inspect(f.ast, func(n ast.Node) bool {
			switch n := n.(type) {
			case *ast.BasicLit:
				if n.Kind == token.STRING && strings.HasPrefix(n.Value, `"-ERR`) && !strings.HasPrefix(f.path, "pkg/proxy/") {
					writes[f.path]++
				}
			case *ast.CompositeLit:
				if name, ok := n.Type.(*ast.Ident); ok && name.Name == "Error" && f.folder() == "pkg/pop3" && len(n.Elts) == 2 {
					texts[f.path]++
				}
			}
			return true
		})
	}
	return []row{
		{"files of pkg/pop3 that name UIDL", fmt.Sprint(uidl)},
		{"places that write -ERR (without the proxy's own reading)", counted(writes)},
		{"error texts for clients", counted(texts)},
		{"RFC sections cited per 1,000 lines of pkg/pop3", perThousand(t, "pkg/pop3", "§")},
	}
}

// counted writes a sum and where it comes from.
func counted(by map[string]int) string {
	sum, names := 0, []string{}
	for name, n := range by {
		sum += n
		names = append(names, name)
	}
	slices.Sort(names)
	return fmt.Sprintf("%d in %d files: %s", sum, len(names), strings.Join(names, ", "))
}

func perThousand(t *tree, folder, mark string) string {
	n := 0
	for _, f := range t.in(folder) {
		n += strings.Count(f.source, mark)
	}
	return fmt.Sprintf("%.0f", 1000*float64(n)/float64(total(t.in(folder))))
}

// functions measures functions.
func functions(t *tree) []row {
	var lengths, complexities, depths []int
	var long, complex []string
	for _, fn := range t.functions() {
		n, c := t.length(fn), complexity(fn)
		lengths, complexities, depths = append(lengths, n), append(complexities, c), append(depths, nesting(fn.Body))
		if n > 40 {
			long = append(long, fn.Name.Name)
		}
		if c > 10 {
			complex = append(complex, fn.Name.Name)
		}
	}
	return []row{
		{"functions", fmt.Sprint(len(lengths))},
		{"longest function", fmt.Sprint(slices.Max(lengths))},
		{"functions over 40 lines", fmt.Sprintf("%d %v", len(long), long)},
		{"median / 90th percentile function", fmt.Sprintf("%d / %d", quantile(lengths, 0.5), quantile(lengths, 0.9))},
		{"cyclomatic maximum", fmt.Sprint(slices.Max(complexities))},
		{"functions over 10", fmt.Sprintf("%d %v", len(complex), complex)},
		{"deepest nesting", fmt.Sprint(slices.Max(depths))},
	}
}

// complexity returns the cyclomatic complexity of a function.
func complexity(fn *ast.FuncDecl) int {
	n := 1
	ast.Inspect(fn.Body, func(node ast.Node) bool {
		switch node := node.(type) {
		case *ast.IfStmt, *ast.ForStmt, *ast.RangeStmt:
			n++
		case *ast.CaseClause:
			if node.List != nil {
				n++
			}
		case *ast.CommClause:
			if node.Comm != nil {
				n++
			}
		case *ast.BinaryExpr:
			if node.Op == token.LAND || node.Op == token.LOR {
				n++
			}
		}
		return true
	})
	return n
}

// nesting returns how deep blocks of control lie in one another.
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

// files measures files.
func files(t *tree) []row {
	var lengths []int
	longest := slices.MaxFunc(t.code, func(a, b *file) int { return cmp.Compare(a.lines, b.lines) })
	over := 0
	for _, f := range t.code {
		lengths = append(lengths, f.lines)
		if f.lines > 200 {
			over++
		}
	}
	return []row{
		{"lines of Go without tests", fmt.Sprint(total(t.code))},
		{"files", fmt.Sprint(len(t.code))},
		{"median / longest file", fmt.Sprintf("%d / %d (%s)", quantile(lengths, 0.5), longest.lines, longest.path)},
		{"files over 200 lines", fmt.Sprint(over)},
		ratio(t, "cmd/tpops"),
		ratio(t, "pkg/auth"),
	}
}

// ratio compares a folder with its tests.
func ratio(t *tree, folder string) row {
	own := slices.DeleteFunc(t.in(folder), func(f *file) bool { return f.folder() != folder })
	tested := slices.DeleteFunc(t.testsIn(folder), func(f *file) bool { return f.folder() != folder })
	lines := total(own)
	return row{
		folder + " alone: lines, files, test ratio",
		fmt.Sprintf("%d, %d, %.2f", lines, len(own), float64(total(tested))/float64(max(lines, 1))),
	}
}
