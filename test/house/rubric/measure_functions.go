package main

import (
	"cmp"
	"fmt"
	"go/ast"
	"go/token"
	"slices"
	"strings"

	"tpops/test/house/source"
)

// protocol measures how far pkg/pop3 is spread.
func protocol(t *tree) []row {
	uidl, writes, texts := 0, map[string]int{}, map[string]int{}
	for _, f := range t.in("pkg/pop3") {
		if strings.Contains(f.Source, "UIDL") {
			uidl++
		}
	}
	for _, f := range t.code {
		ast.Inspect(f.AST, func(n ast.Node) bool {
			switch {
			case isErrorReply(n) && !strings.HasPrefix(f.Path, "pkg/proxy/"):
				writes[f.Path]++
			case isErrorText(n) && f.Folder() == "pkg/pop3":
				texts[f.Path]++
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

// isErrorReply reports whether a node is a text that begins with -ERR.
func isErrorReply(n ast.Node) bool {
	text, ok := n.(*ast.BasicLit)
	return ok && text.Kind == token.STRING && strings.HasPrefix(text.Value, `"-ERR`)
}

// isErrorText reports whether a node is an Error of pkg/pop3 with both of its
// fields.
func isErrorText(n ast.Node) bool {
	value, ok := n.(*ast.CompositeLit)
	if !ok || len(value.Elts) != 2 {
		return false
	}
	name, ok := value.Type.(*ast.Ident)
	return ok && name.Name == "Error"
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
		n += strings.Count(f.Source, mark)
	}
	return fmt.Sprintf("%.0f", 1000*float64(n)/float64(total(t.in(folder))))
}

// functions measures functions.
func functions(t *tree) []row {
	var lengths, complexities, depths []int
	var long, complex []string
	for _, fn := range t.functions() {
		n, c := fn.Length(), fn.Complexity()
		lengths, complexities, depths = append(lengths, n), append(complexities, c), append(depths, fn.Nesting())
		if n > 40 {
			long = append(long, fn.Decl.Name.Name)
		}
		if c > 10 {
			complex = append(complex, fn.Decl.Name.Name)
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

// files measures files.
func files(t *tree) []row {
	var lengths []int
	longest := slices.MaxFunc(t.code, func(a, b *source.File) int { return cmp.Compare(a.Lines, b.Lines) })
	over := 0
	for _, f := range t.code {
		lengths = append(lengths, f.Lines)
		if f.Lines > 200 {
			over++
		}
	}
	return []row{
		{"lines of Go without tests", fmt.Sprint(total(t.code))},
		{"files", fmt.Sprint(len(t.code))},
		{"median / longest file", fmt.Sprintf("%d / %d (%s)", quantile(lengths, 0.5), longest.Lines, longest.Path)},
		{"files over 200 lines", fmt.Sprint(over)},
		ratio(t, "cmd/tpops"),
		ratio(t, "pkg/auth"),
	}
}

// ratio compares a folder with its tests.
func ratio(t *tree, folder string) row {
	own := slices.DeleteFunc(t.in(folder), func(f *source.File) bool { return f.Folder() != folder })
	tested := slices.DeleteFunc(t.testsIn(folder), func(f *source.File) bool { return f.Folder() != folder })
	lines := total(own)
	return row{
		folder + " alone: lines, files, test ratio",
		fmt.Sprintf("%d, %d, %.2f", lines, len(own), float64(total(tested))/float64(max(lines, 1))),
	}
}
