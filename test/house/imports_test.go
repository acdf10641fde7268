package house

import (
	"path"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// mayImport has the packages that each package below pkg may import. A package
// in a folder of another one has a row of its own. Imports point one way, so
// that each package can be read, tested and replaced with only those in its row.
var mayImport = map[string][]string{
	"pop3":            {},
	"files":           {},
	"config":          {"config/tomlplace", "files", "memfd", "uidlist"},
	"memfd":           {},
	"sd":              {"memfd", "socketpair"},
	"socketpair":      {},
	"osuser":          {},
	"unit":            {},
	"confine":         {},
	"hook":            {"socketpair"},
	"certs":           {"files"},
	"daemonize":       {"osuser"},
	"pam":             {},
	"uidlist":         {},
	"scram":           {},
	"oauth":           {"files", "pop3"},
	"sasl":            {"pop3", "scram"},
	"auth":            {"password", "pop3", "scram"},
	"handover":        {"guard", "memfd", "metrics", "pop3", "sd", "socketpair"},
	"keeper":          {"sd"},
	"acceptor":        {},
	"watchdog":        {"acceptor", "pop3"},
	"workers":         {"acceptor", "config", "confine", "daemonize", "files", "guard", "handover", "memfd", "metrics", "osuser", "pop3", "sd", "trace", "watchdog", "workers/board", "workers/process", "workers/rights"},
	"workers/board":   {"memfd", "pop3"},
	"maildir":         {"compressed", "files", "osuser", "pop3", "uidlist"},
	"compressed":      {},
	"proxy":           {"certs", "pop3", "osuser"},
	"eventlog":        {"files", "osuser", "pop3", "sd"},
	"guard":           {"memfd", "pop3"},
	"password":        {"pop3", "scram"},
	"auth/authtest":   {"pop3"},
	"auth/dovecot":    {"auth", "pop3"},
	"auth/mysql":      {"auth", "certs", "password", "pop3", "scram"},
	"auth/passwdfile": {"auth", "files", "memfd", "password", "pop3", "scram"},
	"auth/secrets":    {},
	"auth/system":     {"auth", "auth/secrets", "files", "pam", "password", "pop3", "scram"},
	"certs/certstest": {},
	"config/oldconf":  {"config", "config/draft"},
	"pop3/pop3test":   {},
	"workers/process": {"memfd", "pop3", "socketpair"},
	"workers/rights":  {"config", "confine", "osuser", "pop3"},

	"config/tomlplace":       {},
	"config/sqltext":         {},
	"config/draft":           {"config", "memfd"},
	"config/draft/drafttest": {},
	"config/doveconf":        {"config/draft", "config/sqltext", "uidlist"},
	"config/courierconf":     {"config/draft", "config/sqltext"},

	"backend": {
		"auth", "auth/passwdfile", "backend/loginhook", "backend/mechanisms", "backend/scramstate", "backend/userdb", "certs", "config", "guard", "handover",
		"hook", "maildir", "password", "pop3", "proxy", "uidlist", "workers/rights",
	},
	"backend/logincheck": {"auth", "backend", "certs", "config", "guard", "maildir", "password", "pop3", "scram", "workers/rights"},
	"backend/loginhook":  {"config", "exit", "hook", "osuser", "pop3"},
	"backend/mechanisms": {"auth", "config", "oauth", "pop3", "sasl", "scram"},
	"backend/scramstate": {"memfd", "password"},
	"backend/userdb":     {"auth", "auth/dovecot", "auth/mysql", "auth/passwdfile", "auth/system", "config", "pam", "password", "pop3"},
	"check":              {"backend", "backend/loginhook", "backend/scramstate", "backend/userdb", "certs", "config", "eventlog", "exit", "identity", "osuser", "unit"},
	"exit":               {"eventlog", "sd"},
	"identity":           {"config", "osuser"},
	"migrate":            {"maildir", "osuser", "pool", "pop3", "uidlist"},
	"pool":               {},
	"verify":             {"pool", "pop3", "proxy"},
	"control":            {},
	"metrics":            {"memfd", "pop3"},
	"operator":           {"backend/logincheck", "control", "guard", "metrics", "pop3", "trace"},
	"setup":              {"certs", "config", "config/draft", "config/tomlplace", "files", "scram"},
	"trace":              {"pop3"},
	"usage":              {"osuser", "pop3"},
	"listen":             {"config", "control", "daemonize", "pop3", "sd", "workers"},
	"logs":               {"config", "eventlog", "exit", "identity", "pop3", "sd"},
}

// testsMayImport has what the tests of a package may import besides, and the
// packages for tests alone: those of config/doveconf and config/courierconf check each
// query with the database, the test of confine shows that it leaves osuser at
// work, that of pop3 serves with the mechanisms there are, and those of auth and
// auth/system have several databases in a Sequence. Those of backend/mechanisms have
// real databases.
var testsMayImport = map[string][]string{
	"config/doveconf":    {"auth/mysql"},
	"config/courierconf": {"auth/mysql"},
	"backend/logincheck": {"backend/scramstate", "backend/userdb", "certs"},
	"backend/mechanisms": {"auth/dovecot", "auth/system", "backend/userdb", "password"},
	"confine":            {"osuser"},
	"handover":           {"maildir"},
	"watchdog":           {"maildir"},
	"pop3":               {"certs", "sasl", "scram", "trace"},
	"sasl":               {"certs"},
	"auth":               {"auth/passwdfile", "auth/system"},
	"auth/system":        {"auth/passwdfile"},
}

func TestHouseImports(t *testing.T) {
	for _, f := range goFiles(t, "cmd", "pkg") {
		for _, spec := range f.AST.Imports {
			imported, err := strconv.Unquote(spec.Path.Value)
			if err != nil {
				t.Fatal(err)
			}
			if complaint := checkImport(f.Path, imported); complaint != "" {
				t.Errorf("%s:%d: %s", f.Path, f.Line(spec.Pos()), complaint)
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
	if isHelper(imported) {
		target = path.Dir(target) // A helper comes with the package that it is for.
	}
	if !inPkg || from == target || isHelper(path.Dir(file)) && path.Dir(from) == target {
		return "" // cmd may import all
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

// packageOf returns the path of a folder below pkg.
func packageOf(folder string) (string, bool) { return strings.CutPrefix(folder, "pkg/") }

// isHelper reports whether a folder holds a package that only tests use, as
// pop3test.
func isHelper(folder string) bool { return strings.HasSuffix(folder, "test") }

func TestHouseImportRules(t *testing.T) {
	tests := []struct{ name, file, imported, want string }{
		{"standard library", "pkg/pop3/a.go", "net", ""},
		{"module of others", "pkg/auth/a.go", "golang.org/x/crypto/bcrypt", ""},
		{"cmd imports all", "cmd/tpops/a.go", "tpops/pkg/maildir", ""},
		{"allowed", "pkg/maildir/a.go", "tpops/pkg/osuser", ""},
		{"part", "pkg/auth/system/a.go", "tpops/pkg/auth/secrets", ""},
		{"whole from a part", "pkg/auth/mysql/a.go", "tpops/pkg/auth", ""},
		{"part from the whole", "pkg/auth/a.go", "tpops/pkg/auth/mysql", "pkg/auth may not import pkg/auth/mysql"},
		{"part from another part", "pkg/auth/mysql/a.go", "tpops/pkg/auth/system", "pkg/auth/mysql may not import pkg/auth/system"},
		{"part from a test", "pkg/auth/a_test.go", "tpops/pkg/auth/system", ""},
		{"part from a test of another part", "pkg/auth/mysql/a_test.go", "tpops/pkg/auth/system", "pkg/auth/mysql may not import pkg/auth/system"},
		{"new part", "pkg/auth/ldap/a.go", "tpops/pkg/auth", "pkg/auth/ldap is new: say in mayImport what it may import"},
		{"against the direction", "pkg/pop3/a.go", "tpops/pkg/maildir", "pkg/pop3 may not import pkg/maildir"},
		{"side by side", "pkg/maildir/a.go", "tpops/pkg/auth", "pkg/maildir may not import pkg/auth"},
		{"from a part", "pkg/auth/secrets/a.go", "tpops/pkg/maildir", "pkg/auth/secrets may not import pkg/maildir"},
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
		name, _ := packageOf(f.Folder())
		if _, known := mayImport[name]; !known {
			t.Errorf("%s: pkg/%s is new: say in mayImport what it may import", f.Path, name)
		}
	}
}
