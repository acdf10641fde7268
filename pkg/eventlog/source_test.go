package eventlog

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// messageArgument has the index of the message argument for each method of a logger.
var messageArgument = map[string]int{
	"Debug": 0, "Info": 0, "Warn": 0, "Error": 0,
	"DebugContext": 1, "InfoContext": 1, "WarnContext": 1, "ErrorContext": 1,
	"Log": 2, "LogAttrs": 2,
}

// attrFunctions are the functions of log/slog whose first argument is a key.
var attrFunctions = []string{"Any", "Bool", "Duration", "Float64", "Int", "Int64", "String", "Time", "Uint64"}

// source has the constant messages and keys that the code logs.
type source struct {
	files    *token.FileSet
	messages map[string]string // text → where
	keys     map[string]string // key of an attribute → where
	unclear  []string          // where a message or key is not a constant
}

// readSource reads cmd and pkg without tests.
func readSource(t *testing.T) *source {
	t.Helper()
	s := &source{files: token.NewFileSet(), messages: map[string]string{}, keys: map[string]string{}}
	for _, root := range []string{"../../cmd", "../../pkg"} {
		err := filepath.WalkDir(root, func(name string, _ fs.DirEntry, err error) error {
			if err != nil || !strings.HasSuffix(name, ".go") || strings.HasSuffix(name, "_test.go") {
				return err
			}
			file, err := parser.ParseFile(s.files, name, nil, parser.SkipObjectResolution)
			if err == nil && usesSlog(file) {
				s.read(file)
			}
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	return s
}

// usesSlog reports whether a file may log: it has a logger, or uses a struct with a
// logger in a field.
func usesSlog(f *ast.File) bool {
	return f.Name.Name == "main" || slices.ContainsFunc(f.Imports, func(spec *ast.ImportSpec) bool {
		return spec.Path.Value == `"log/slog"`
	}) || mentionsLog(f)
}

// mentionsLog reports whether a call in the file looks like one of a logger.
func mentionsLog(f *ast.File) bool {
	found := false
	ast.Inspect(f, func(n ast.Node) bool {
		id, ok := n.(*ast.Ident)
		found = found || ok && slices.Contains([]string{"log", "Log", "logger"}, id.Name)
		return !found
	})
	return found
}

func (s *source) read(f *ast.File) {
	events := f.Name.Name == "pop3"
	ast.Inspect(f, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.CallExpr:
			s.readCall(n)
		case *ast.ValueSpec:
			if id, ok := n.Type.(*ast.Ident); ok && events && id.Name == "Event" {
				for _, value := range n.Values {
					s.note(s.messages, value)
				}
			}
		}
		return true
	})
}

func (s *source) readCall(call *ast.CallExpr) {
	method, ok := call.Fun.(*ast.SelectorExpr)
	if !ok || len(call.Args) == 0 {
		return
	}
	name := method.Sel.Name
	at, logs := messageArgument[name]
	of, _ := method.X.(*ast.Ident)
	switch {
	case of != nil && of.Name == "slog" && slices.Contains(attrFunctions, name):
		s.note(s.keys, call.Args[0])
	case logs && len(call.Args) > at && !isOther(method.X):
		s.note(s.messages, call.Args[at])
		s.readAttrs(call.Args[at+1:])
	case name == "With":
		s.readAttrs(call.Args)
	}
}

// isOther reports whether a method with the name of a logger's belongs to something
// else: a test, package log, or an error.
func isOther(x ast.Expr) bool {
	id, ok := x.(*ast.Ident)
	return ok && slices.Contains([]string{"t", "b", "syslog", "err", "errors"}, id.Name)
}

// readAttrs reads alternating keys and values, and attributes between them.
func (s *source) readAttrs(args []ast.Expr) {
	for len(args) > 0 {
		if literal, ok := args[0].(*ast.BasicLit); ok && literal.Kind == token.STRING && len(args) > 1 {
			s.note(s.keys, literal)
			args = args[1:]
		}
		args = args[1:]
	}
}

// note records a constant. It skips conversions such as string(EventAccept), because
// their constants are recorded where they are declared. Anything else is unclear.
func (s *source) note(to map[string]string, x ast.Expr) {
	where := s.files.Position(x.Pos()).String()
	switch x := x.(type) {
	case *ast.BasicLit:
		text, err := strconv.Unquote(x.Value)
		if err == nil {
			to[text] = where
			return
		}
	case *ast.CallExpr:
		if f, ok := x.Fun.(*ast.Ident); ok && f.Name == "string" {
			return
		}
	case *ast.Ident:
		if x.Name == "unwritten" { // the constant of this package
			to[unwritten] = where
			return
		}
		if x.Name == "direction" { // command or response, see the next test
			return
		}
	}
	s.unclear = append(s.unclear, where)
}

// All events and keys in the code are in the tables, and so in the catalogs and the
// manual. Add a new one there.
func TestSource(t *testing.T) {
	s := readSource(t)
	if len(s.messages) < 20 || len(s.keys) < 20 {
		t.Fatalf("found only %d events and %d keys", len(s.messages), len(s.keys))
	}
	for _, where := range s.unclear {
		t.Errorf("%s: the message or key is not a constant", where)
	}
	for message, where := range s.messages {
		if kindOf[message] == nil {
			t.Errorf("%s: the event %q is not in the table of kinds", where, message)
		}
	}
	for key, where := range s.keys {
		if fieldNames[key] == "" {
			t.Errorf("%s: the key %q is not in the table of fields", where, key)
		}
	}
}

// The previous test finds what it has to find.
func TestSourceSees(t *testing.T) {
	const text = `package x
import "log/slog"
const EventNews Event = "no constant of package pop3"
func f() {
	log.Info("one", "a", 1, slog.Int("b", 2), "c", 3)
	s.log.LogAttrs(ctx, level, "two", slog.Any("d", err))
	log.With("e", 5).WarnContext(ctx, "three")
	log.Error(err.Error())
	log.Debug("x" + y, key, 1)
	slog.String(key, "v")
}`
	s := &source{files: token.NewFileSet(), messages: map[string]string{}, keys: map[string]string{}}
	f, err := parser.ParseFile(s.files, "x.go", text, parser.SkipObjectResolution)
	if err != nil {
		t.Fatal(err)
	}
	if !usesSlog(f) {
		t.Error("not recognised as a file that logs")
	}
	s.read(f)
	got := fmt.Sprint(sortedKeys(s.messages), sortedKeys(s.keys), len(s.unclear))
	if want := "[one three two] [a b c d e] 3"; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}

func sortedKeys(m map[string]string) []string {
	var keys []string
	for key := range m {
		keys = append(keys, key)
	}
	slices.Sort(keys)
	return keys
}
