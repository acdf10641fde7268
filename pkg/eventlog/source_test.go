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

// messageArgument says for each method of a logger which argument is the
// message.
var messageArgument = map[string]int{
	"Debug": 0, "Info": 0, "Warn": 0, "Error": 0,
	"DebugContext": 1, "InfoContext": 1, "WarnContext": 1, "ErrorContext": 1,
	"Log": 2, "LogAttrs": 2,
}

// attrFunctions are those of log/slog whose first argument is a key.
var attrFunctions = []string{"Any", "Bool", "Duration", "Float64", "Int", "Int64", "String", "Time", "Uint64"}

// source finds out what the code base logs, so far as it is written there.
type source struct {
	files    *token.FileSet
	messages map[string]string // text → where
	keys     map[string]string // key of an attribute → where
	unclear  []string          // where a message or key is no constant
}

// readSource reads all of cmd and pkg but tests.
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

// usesSlog reports whether a file may log: it has a logger, or the program,
// whose logger is a field.
func usesSlog(f *ast.File) bool {
	return f.Name.Name == "main" || slices.ContainsFunc(f.Imports, func(spec *ast.ImportSpec) bool {
		return spec.Path.Value == `"log/slog"`
	}) || mentionsLog(f)
}

// mentionsLog reports whether anything in the file is called as loggers are.
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

// isOther reports whether a method named as one of a logger's is none: of a
// test, of package log, or of an error.
func isOther(x ast.Expr) bool {
	id, ok := x.(*ast.Ident)
	return ok && slices.Contains([]string{"t", "b", "syslog", "err", "errors"}, id.Name)
}

// readAttrs reads keys and values in turn, and attributes between them.
func (s *source) readAttrs(args []ast.Expr) {
	for len(args) > 0 {
		if literal, ok := args[0].(*ast.BasicLit); ok && literal.Kind == token.STRING && len(args) > 1 {
			s.note(s.keys, literal)
			args = args[1:]
		}
		args = args[1:]
	}
}

// note notes a constant. Conversions such as string(EventAccept) are of
// constants that are noted where they are declared; anything else is unclear.
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

// Whatever is logged anywhere is in the tables, and so in the catalogs and the
// manual. Who adds an event adds it there too.
func TestSource(t *testing.T) {
	s := readSource(t)
	if len(s.messages) < 20 || len(s.keys) < 20 {
		t.Fatalf("found only %d events and %d keys", len(s.messages), len(s.keys))
	}
	for _, where := range s.unclear {
		t.Errorf("%s: what is logged is no constant", where)
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

// The test above would see what it is there to see.
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
		t.Error("seen as a file that does not log")
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
