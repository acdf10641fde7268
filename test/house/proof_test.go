package house

import (
	"go/ast"
	"go/token"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"

	"tpops/pkg/config"
	"tpops/test/fixture"
)

// testFunction is a test, and what stands in quotes in its file, where the
// names of its subtests are.
type testFunction struct {
	texts map[string]bool
}

// testFunctions returns the tests of the repository, whatever their build tags,
// as folder.Function.
func testFunctions(t *testing.T) map[string]testFunction {
	t.Helper()
	found := map[string]testFunction{}
	for _, f := range goFiles(t, "cmd", "pkg", "test", "packaging", "man") {
		// The table itself would prove all its own rows.
		if !f.IsTest() || f.Path == "test/house/manual_test.go" {
			continue
		}
		texts := quoted(f.AST)
		if callsEachType(f.AST) {
			for _, name := range fixture.ParallelTypes() {
				texts[name] = true
			}
		}
		for _, decl := range f.AST.Decls {
			if fn, ok := decl.(*ast.FuncDecl); ok && fn.Recv == nil && isTest(fn.Name.Name) {
				found[f.Folder()+"."+fn.Name.Name] = testFunction{texts}
			}
		}
	}
	return found
}

// callsEachType reports whether a file runs tests once for each parallel-type.
func callsEachType(file *ast.File) bool {
	found := false
	ast.Inspect(file, func(n ast.Node) bool {
		s, ok := n.(*ast.SelectorExpr)
		found = found || ok && s.Sel.Name == "EachType"
		return !found
	})
	return found
}

func isTest(name string) bool {
	return strings.HasPrefix(name, "Test") || strings.HasPrefix(name, "Fuzz")
}

// quoted returns the texts in quotes of a file.
func quoted(file *ast.File) map[string]bool {
	texts := map[string]bool{}
	ast.Inspect(file, func(n ast.Node) bool {
		if literal, ok := n.(*ast.BasicLit); ok && literal.Kind == token.STRING {
			if text, err := strconv.Unquote(literal.Value); err == nil {
				texts[text] = true
			}
		}
		return true
	})
	return texts
}

// checkProof returns what is wrong with a proof, or nothing. The subtests of
// TestTranscripts are files.
func checkProof(proof string, known map[string]testFunction, exists func(file string) bool) string {
	folder, rest, _ := strings.Cut(proof, ".")
	name, subtest, hasSubtest := strings.Cut(rest, "/")
	function, ok := known[folder+"."+name]
	switch {
	case !ok:
		return "there is no test " + folder + "." + name
	case !hasSubtest:
		return ""
	case name == "TestTranscripts" && !exists(folder+"/testdata/transcripts/"+subtest+".txt"):
		return "there is no transcript " + subtest
	case name != "TestTranscripts" && !function.texts[subtest]:
		return folder + "." + name + " has no subtest " + strconv.Quote(subtest)
	}
	return ""
}

func existsInRepository(file string) bool {
	_, err := os.Stat("../../" + file)
	return err == nil
}

// TestHouseManual holds that each row of the manual of 0.8 names the tests that
// prove it, and that there are those.
func TestHouseManual(t *testing.T) {
	known := testFunctions(t)
	for _, row := range manual {
		if len(row.proofs) == 0 {
			t.Errorf("%s: %q: no test proves it", row.about, row.says)
		}
		for _, proof := range row.proofs {
			if complaint := checkProof(proof, known, existsInRepository); complaint != "" {
				t.Errorf("%s: %q: %s", row.about, row.says, complaint)
			}
		}
	}
}

// TestHouseManualParameters holds that each parameter of 0.8 is there and has a
// row, one for each value where the values differ as much as parameters do.
func TestHouseManualParameters(t *testing.T) {
	rows := config.Params()
	for _, name := range names08 {
		if !slices.ContainsFunc(rows, func(p config.Param) bool { return p.Name == name }) {
			t.Errorf("there is no parameter %s", name)
			continue
		}
		wanted := []string{name}
		if values, ok := choices08[name]; ok {
			wanted = choiceRows(name, values)
		}
		for _, about := range wanted {
			if !hasRow(about) {
				t.Errorf("the manual of 0.8 has %s, and no row here", about)
			}
		}
	}
}

// choiceRows returns the rows that the values of a parameter need.
func choiceRows(name string, values []string) []string {
	var wanted []string
	for _, value := range values {
		wanted = append(wanted, name+"="+value)
	}
	return wanted
}

func hasRow(about string) bool {
	return slices.ContainsFunc(manual, func(p promise) bool { return p.about == about })
}

func TestHouseManualRules(t *testing.T) {
	known := map[string]testFunction{
		"pkg/a.TestX":           {map[string]bool{"sub test": true}},
		"pkg/a.TestTranscripts": {},
	}
	exists := func(file string) bool { return file == "pkg/a/testdata/transcripts/there.txt" }
	for proof, want := range map[string]string{
		"pkg/a.TestX":                     "",
		"pkg/a.TestX/sub test":            "",
		"pkg/a.TestX/other":               `pkg/a.TestX has no subtest "other"`,
		"pkg/a.TestY":                     "there is no test pkg/a.TestY",
		"pkg/b.TestX":                     "there is no test pkg/b.TestX",
		"TestX":                           "there is no test TestX.",
		"pkg/a.TestTranscripts/there":     "",
		"pkg/a.TestTranscripts/elsewhere": "there is no transcript elsewhere",
	} {
		if got := checkProof(proof, known, exists); got != want {
			t.Errorf("%s: %q, want %q", proof, got, want)
		}
	}
}
