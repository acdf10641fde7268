package test

import (
	"path"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// mayImport says for each package of pkg which others it may import. Imports
// point one way, so that each package can be read, tested and replaced with
// those alone that it names here.
var mayImport = map[string][]string{
	"pop3":      {},
	"files":     {},
	"config":    {"files", "memfd"},
	"memfd":     {},
	"sd":        {"memfd"},
	"osuser":    {},
	"confine":   {},
	"hook":      {},
	"certs":     {"files"},
	"daemonize": {"osuser"},
	"pam":       {},
	"scram":     {},
	"oauth":     {"files", "pop3"},
	"sasl":      {"pop3", "scram"},
	"auth":      {"files", "pop3", "osuser", "pam", "scram"},
	"handover":  {"guard", "pop3", "sd"},
	"acceptor":  {},
	"watchdog":  {"acceptor", "pop3"},
	"workers":   {"acceptor", "config", "confine", "daemonize", "guard", "handover", "memfd", "osuser", "pop3", "sd", "watchdog"},
	"maildir":   {"pop3", "osuser"},
	"proxy":     {"pop3", "osuser"},
	"eventlog":  {"osuser", "pop3", "sd"},
	"guard":     {"memfd", "pop3"},
}

// testsMayImport says what else the tests of a package may: that of confine has
// to show that it leaves osuser at work; those with TLS need the certificates of
// certstest; that of pop3 serves with the mechanisms there are.
var testsMayImport = map[string][]string{
	"confine":  {"osuser"},
	"handover": {"maildir"},
	"watchdog": {"maildir"},
	"pop3":     {"certs", "sasl", "scram"},
	"proxy":    {"certs"},
	"sasl":     {"certs"},
}

func TestHouseImports(t *testing.T) {
	for _, f := range goFiles(t, "cmd", "pkg") {
		for _, spec := range f.ast.Imports {
			imported, err := strconv.Unquote(spec.Path.Value)
			if err != nil {
				t.Fatal(err)
			}
			if complaint := checkImport(f.path, imported); complaint != "" {
				t.Errorf("%s:%d: %s", f.path, f.line(spec.Pos()), complaint)
			}
		}
	}
}

// checkImport returns what is wrong when the file imports the package, or
// nothing.
func checkImport(file, imported string) string {
	imported, ours := strings.CutPrefix(imported, "tpops/")
	if !ours {
		return ""
	}
	target, inPkg := packageOf(imported)
	if !inPkg {
		return "nothing imports " + imported
	}
	from, inPkg := packageOf(path.Dir(file))
	if isHelper(imported) && !strings.HasSuffix(file, "_test.go") && !isHelper(path.Dir(file)) {
		return imported + " is for tests alone"
	}
	if !inPkg || from == target {
		return "" // cmd may import all, and a package its own parts
	}
	allowed, known := mayImport[from]
	if !known {
		return "pkg/" + from + " is new: say in mayImport what it may import"
	}
	if strings.HasSuffix(file, "_test.go") {
		allowed = slices.Concat(allowed, testsMayImport[from])
	}
	if !slices.Contains(allowed, target) {
		return "pkg/" + from + " may not import pkg/" + target
	}
	return ""
}

// packageOf returns the name below pkg to which a folder belongs.
func packageOf(folder string) (string, bool) {
	rest, ok := strings.CutPrefix(folder, "pkg/")
	name, _, _ := strings.Cut(rest, "/")
	return name, ok
}

// isHelper reports whether a folder holds a package that only tests use, as
// pop3test.
func isHelper(folder string) bool { return strings.HasSuffix(folder, "test") }

func TestHouseImportRules(t *testing.T) {
	tests := []struct{ name, file, imported, want string }{
		{"standard library", "pkg/pop3/a.go", "net", ""},
		{"module of others", "pkg/auth/a.go", "golang.org/x/crypto/bcrypt", ""},
		{"cmd imports all", "cmd/tpops/a.go", "tpops/pkg/maildir", ""},
		{"allowed", "pkg/maildir/a.go", "tpops/pkg/osuser", ""},
		{"own part", "pkg/auth/a.go", "tpops/pkg/auth/secrets", ""},
		{"against the direction", "pkg/pop3/a.go", "tpops/pkg/maildir", "pkg/pop3 may not import pkg/maildir"},
		{"side by side", "pkg/maildir/a.go", "tpops/pkg/auth", "pkg/maildir may not import pkg/auth"},
		{"from a part", "pkg/auth/secrets/a.go", "tpops/pkg/maildir", "pkg/auth may not import pkg/maildir"},
		{"in a test too", "pkg/maildir/a_test.go", "tpops/pkg/auth", "pkg/maildir may not import pkg/auth"},
		{"helper in a test", "pkg/maildir/a_test.go", "tpops/pkg/pop3/pop3test", ""},
		{"helper in the program", "cmd/tpops/a.go", "tpops/pkg/pop3/pop3test", "pkg/pop3/pop3test is for tests alone"},
		{"new package", "pkg/new/a.go", "tpops/pkg/pop3", "pkg/new is new: say in mayImport what it may import"},
		{"import of a command", "pkg/auth/a.go", "tpops/cmd/tpops", "nothing imports cmd/tpops"},
		{"import of the tests", "cmd/tpops/a.go", "tpops/test/corpus", "nothing imports test/corpus"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got := checkImport(tt.file, tt.imported); got != tt.want {
				t.Errorf("%s imports %s: %q, want %q", tt.file, tt.imported, got, tt.want)
			}
		})
	}
}

// TestHousePackagesKnown fails for a package without a rule even while it
// imports nothing of ours.
func TestHousePackagesKnown(t *testing.T) {
	for _, f := range goFiles(t, "pkg") {
		name, _ := packageOf(f.folder())
		if _, known := mayImport[name]; !known {
			t.Errorf("%s: pkg/%s is new: say in mayImport what it may import", f.path, name)
		}
	}
}
