package values

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"reflect"
	"strconv"
	"strings"
)

// fileVersion is the first line of a file in testdata/fuzz.
const fileVersion = "go test fuzz v1"

// ParseFile returns the arguments in the text of a file in testdata/fuzz, which must be of
// these types.
func ParseFile(text string, types []reflect.Type) ([]any, error) {
	version, rest, _ := strings.Cut(strings.TrimSuffix(text, "\n"), "\n")
	lines := strings.Split(rest, "\n")
	if version != fileVersion || len(lines) != len(types) {
		return nil, fmt.Errorf("version %q and %d arguments, want %q and %d", version, len(lines), fileVersion, len(types))
	}
	var values []any
	for i, line := range lines {
		v := reflect.New(types[i]).Elem()
		if err := parseLine(strings.TrimSpace(line), v); err != nil {
			return nil, fmt.Errorf("line %d: %w", i+2, err)
		}
		values = append(values, v.Interface())
	}
	return values, nil
}

// parseLine sets v from a conversion of a constant, such as []byte("a") or int(-1).
func parseLine(line string, v reflect.Value) error {
	expression, err := parser.ParseExpr(line)
	if err != nil {
		return err
	}
	call, ok := expression.(*ast.CallExpr)
	if !ok || len(call.Args) != 1 {
		return fmt.Errorf("%q converts nothing", line)
	}
	constant, sign := call.Args[0], ""
	if unary, ok := constant.(*ast.UnaryExpr); ok {
		constant, sign = unary.X, unary.Op.String()
	}
	switch c := constant.(type) {
	case *ast.BasicLit:
		return setConstant(v, c.Kind, sign+c.Value)
	case *ast.Ident: // true, false, NaN, Inf
		return setConstant(v, token.IDENT, sign+c.Name)
	}
	return fmt.Errorf("%q has no constant", line)
}

// setConstant sets v from the text of a constant.
func setConstant(v reflect.Value, kind token.Token, text string) error {
	switch kind {
	case token.STRING:
		unquoted, err := strconv.Unquote(text)
		if err != nil || v.Kind() != reflect.String && v.Kind() != reflect.Slice {
			return fmt.Errorf("%s for %s", text, v.Type())
		}
		v.Set(reflect.ValueOf(unquoted).Convert(v.Type()))
		return nil
	case token.CHAR:
		r, _, _, err := strconv.UnquoteChar(text[1:], '\'')
		if err != nil {
			return err
		}
		text = strconv.Itoa(int(r))
	}
	return setNumber(v, text)
}

// setNumber sets v from the text of a number or a bool.
func setNumber(v reflect.Value, text string) (err error) {
	switch {
	case v.Kind() == reflect.Bool:
		var value bool
		value, err = strconv.ParseBool(text)
		v.SetBool(value)
	case v.CanInt():
		var value int64
		value, err = strconv.ParseInt(text, 0, 64)
		v.SetInt(value)
	case v.CanUint():
		var value uint64
		value, err = strconv.ParseUint(text, 0, 64)
		v.SetUint(value)
	case v.CanFloat():
		var value float64
		value, err = strconv.ParseFloat(text, 64)
		v.SetFloat(value)
	default:
		err = fmt.Errorf("%s for %s", text, v.Type())
	}
	return err
}
