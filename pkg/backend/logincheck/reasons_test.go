package logincheck

import (
	"go/ast"
	"go/parser"
	"go/token"
	"strconv"
	"testing"

	"tpops/pkg/pop3"
)

// notLogin are the errors of package pop3 that refuse no login.
func notLogin() map[string]bool {
	all := map[string]bool{}
	for _, name := range []string{
		"ErrCommand", "ErrMany", "ErrFewMany", "ErrNoMessage", "ErrXCLIENT", "ErrNoUniqueID", "ErrLanguage", "ErrNoTLS", "ErrTLSActive",
		"ErrTooLong", "ErrExpired", "ErrNotAll", "ErrUnread", "ErrEncoded",
	} {
		all[name] = true
	}
	return all
}

// TestReasons checks that there is advice for each error of package pop3 with which a login
// can be refused.
func TestReasons(t *testing.T) {
	file, err := parser.ParseFile(token.NewFileSet(), "../../pop3/error.go", nil, 0)
	if err != nil {
		t.Fatal(err)
	}
	advised := map[string]bool{}
	for _, r := range reasons() {
		if known := pop3.ErrorIn(r.err); known != nil {
			advised[known.Text] = true
		}
		if r.advice == "" {
			t.Errorf("no advice for %v", r.err)
		}
	}
	found := 0
	ast.Inspect(file, func(n ast.Node) bool {
		spec, ok := n.(*ast.ValueSpec)
		if !ok || len(spec.Values) != 1 {
			return true
		}
		text, ok := errorText(spec.Values[0])
		if !ok {
			return true
		}
		found++
		name := spec.Names[0].Name
		if advised[text] == notLogin()[name] {
			t.Errorf("pop3.%s must be in reasons or in notLogin, and not in both", name)
		}
		return true
	})
	if found < 30 {
		t.Errorf("only %d errors were found", found)
	}
}

// errorText returns the text of &Error{Code, "text"}.
func errorText(value ast.Expr) (string, bool) {
	address, ok := value.(*ast.UnaryExpr)
	if !ok {
		return "", false
	}
	literal, ok := address.X.(*ast.CompositeLit)
	if !ok || len(literal.Elts) != 2 {
		return "", false
	}
	basic, ok := literal.Elts[1].(*ast.BasicLit)
	if !ok {
		return "", false
	}
	text, err := strconv.Unquote(basic.Value)
	return text, err == nil
}
