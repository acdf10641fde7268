package house

import (
	"fmt"
	"strings"
	"testing"
	"testing/fstest"

	"tpops/test/house/source"
)

// What is larger is too much to be read in one go.
const (
	maxFileLines     = 200
	maxFunctionLines = 40
	maxComplexity    = 10
	maxNesting       = 3
)

// overLimits returns the files and functions, without tests, that are over a
// limit, and by how much.
func overLimits(files []*source.File) map[string]string {
	over := map[string]string{}
	for _, f := range files {
		if f.IsTest() {
			continue
		}
		if f.Lines > maxFileLines {
			over[f.Path] = fmt.Sprintf("%d lines, more than %d", f.Lines, maxFileLines)
		}
		for _, fn := range f.Functions() {
			lines, complexity, nesting := fn.Length(), fn.Complexity(), fn.Nesting()
			if lines > maxFunctionLines || complexity > maxComplexity || nesting > maxNesting {
				over[fn.Name()] = fmt.Sprintf("%s:%d: %d lines (at most %d), complexity %d (%d), nesting %d (%d)", f.Path,
					f.Line(fn.Decl.Pos()), lines, maxFunctionLines, complexity, maxComplexity, nesting, maxNesting)
			}
		}
	}
	return over
}

// TestHouseSizes fails for a file or function that is over a limit, and for an
// exception that is no longer needed.
func TestHouseSizes(t *testing.T) {
	for _, wrong := range overLimitsAllowed.check(overLimits(goFiles(t, "cmd", "pkg", "man", "packaging", "test"))) {
		t.Error(wrong)
	}
}

func TestHouseSizeRules(t *testing.T) {
	const deep = "if a {\n for a {\n switch {\n case a:\n %s\n }\n }\n }"
	sources := map[string]string{
		"short":   "",
		"long":    strings.Repeat("f()\n", 40),
		"fits":    strings.Repeat("f()\n", 38),
		"complex": "_ = a" + strings.Repeat(" && a", 10),
		"simple":  "_ = a" + strings.Repeat(" && a", 9),
		"deep":    fmt.Sprintf(deep, "if a {}"),
		"flat":    fmt.Sprintf(deep, "f()"),
	}
	root := fstest.MapFS{}
	for name, body := range sources {
		root["pkg/"+name+"/a.go"] = &fstest.MapFile{Data: []byte("package a\n\nfunc (t *T[x]) f() {\n" + body + "}\n")}
	}
	root["pkg/file/a.go"] = &fstest.MapFile{Data: []byte("package a\n" + strings.Repeat("\n", 200))}
	root["pkg/file/a_test.go"] = root["pkg/file/a.go"]
	files, err := source.Read(root, "pkg")
	if err != nil {
		t.Fatal(err)
	}
	over := overLimits(files)
	for _, name := range []string{"pkg/long.T.f", "pkg/complex.T.f", "pkg/deep.T.f", "pkg/file/a.go"} {
		if over[name] == "" {
			t.Errorf("%s is not found to be over a limit", name)
		}
		delete(over, name)
	}
	for name, how := range over {
		t.Errorf("%s: %s", name, how)
	}
}
