package main

import (
	"bytes"
	"flag"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"

	"tpops/pkg/auth/secrets"
	"tpops/pkg/config"
)

// call runs the program with text on its standard input.
func call(stdin string, args ...string) (code int, stdout, stderr string) {
	var out, errs bytes.Buffer
	code = run(args, streams{strings.NewReader(stdin), &out, &errs})
	return code, out.String(), errs.String()
}

func writeTest(t *testing.T, name, text string) {
	t.Helper()
	if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

// step is a call of the program, and parts of what it prints.
type step struct {
	name, stdin, args string
	code              int
	stdout, stderr    string
}

func (step step) run(t *testing.T) {
	code, stdout, stderr := call(step.stdin, strings.Fields(step.args)...)
	if code != step.code {
		t.Errorf("exit %d instead of %d: %s", code, step.code, stderr)
	}
	if !strings.Contains(stdout, step.stdout) || stdout == "" != (step.stdout == "") {
		t.Errorf("standard output %q, want %q in it", stdout, step.stdout)
	}
	if !strings.Contains(stderr, step.stderr) || stderr == "" != (step.stderr == "") {
		t.Errorf("standard error %q, want %q in it", stderr, step.stderr)
	}
}

func TestArguments(t *testing.T) {
	t.Chdir(t.TempDir())
	for _, step := range []step{
		{"help", "", "--help", 0, overview(), ""},
		{"help by letter", "", "-h", 0, overview(), ""},
		{"version", "", "--version", 0, "tpopsctl " + version + "\n", ""},
		{"nothing", "", "", exitUsage, "", "which subcommand?"},
		{"unknown", "", "import", exitUsage, "", `no such subcommand: "import"` + "\nusage:"},
		{"help of a subcommand", "", "import-passwd --help", 0, importPasswdHelp, ""},
		{"help behind an operand", "", "import-config x -h", 0, importConfigHelp, ""},
		{"unknown option", "", "import-config -x a", exitUsage, "", "usage: tpopsctl import-config [-f] [-o FILE] OLD\n"},
		{"too few", "", "import-passwd a", exitUsage, "", "1 operands instead of 2"},
		{"too many", "", "import-config a b", exitUsage, "", "2 operands instead of 1"},
		{"no option behind --", "", "import-config -- -o", exitNoInput, "", "open -o: no such file"},
	} {
		t.Run(step.name, step.run)
	}
	if code, _, stderr := call("", "import-config", ""); code != exitUsage || !strings.Contains(stderr, "is empty") {
		t.Errorf("empty name: exit %d, %s", code, stderr)
	}
}

func TestImportConfig(t *testing.T) {
	t.Chdir(t.TempDir())
	writeTest(t, "old", "port 1110\n")
	writeTest(t, "bad", "port 1110\nprot 1\n")
	writeTest(t, "query", "auth-type mysql\nmysql-server a\nmysql-db b\nmysql-passwd s3cret\nmysql-auth-query = select a from b where c='%s\n")
	writeTest(t, "secret", "auth-type mysql\nmysql-server a\nmysql-db b\nmysql-passwd s3cret\n")
	writeTest(t, "long", strings.Repeat("#", maxConfig+1))
	for _, step := range []step{
		{"to standard output", "", "import-config old", 0, "\nport = 1110\n", "old:1: port: kept\nold: "},
		{"from standard input", "fg", "import-config -", 0, "\nfg = true\n", "-:1: fg: kept\n"},
		{"to a file", "", "import-config old -o new", 0, "", "old:1: port: kept\n"},
		{"not over a file", "", "import-config old -o new", exitCantCreate, "", "new is there already; -f replaces it"},
		{"over a file", "", "import-config --force --output=new old", 0, "", "kept"},
		{"refused", "", "import-config bad -o none", exitData, "", "bad:2: refused: 0.8 has no parameter \"prot\"\n"},
		{"refused query", "", "import-config query -o none", exitData, "", "query:5: refused: mysql-auth-query: "},
		{"with a password", "", "import-config secret -o secret.toml", 0, "", "secret.toml: holds a password"},
		{"not there", "", "import-config none", exitNoInput, "", "none: no such file"},
		{"a folder", "", "import-config .", exitNoInput, "", "is a directory"},
		{"too long", "", "import-config long", exitNoInput, "", "too long"},
		{"nowhere", "", "import-config old -o none/new", exitCantCreate, "", "no such file"},
	} {
		t.Run(step.name, step.run)
	}
	for name, mode := range map[string]os.FileMode{"new": modePublic, "secret.toml": modeSecret} {
		info, err := os.Stat(name)
		if err != nil || info.Mode() != mode {
			t.Errorf("%s: mode %v, %v", name, info.Mode(), err)
		}
		if _, err := config.Load(config.Source{Args: []string{"--config=" + name}, Hostname: "a"}); err != nil {
			t.Error(err)
		}
	}
	left, err := filepath.Glob(".*")
	if _, missing := os.Stat("none"); !os.IsNotExist(missing) || len(left) > 0 || err != nil {
		t.Errorf("left: %v, %v, %v", left, missing, err)
	}
}

// The group that could read the old file can read the new one.
func TestImportConfigOwner(t *testing.T) {
	if os.Getuid() != 0 {
		t.Skip("only root can give files away")
	}
	name := filepath.Join(t.TempDir(), "tpops.toml")
	writeTest(t, name, "")
	if err := os.Chown(name, 8, 12); err != nil {
		t.Fatal(err)
	}
	if code, _, stderr := call("fg", "import-config", "-", "-f", "-o", name); code != 0 {
		t.Fatal(stderr)
	}
	info, err := os.Stat(name)
	if err != nil {
		t.Fatal(err)
	}
	if stat := info.Sys().(*syscall.Stat_t); stat.Uid != 8 || stat.Gid != 12 {
		t.Errorf("owner %d, group %d", stat.Uid, stat.Gid)
	}
}

// A symbolic link stays one, and its target is replaced.
func TestImportConfigLink(t *testing.T) {
	t.Chdir(t.TempDir())
	writeTest(t, "target", "")
	if err := os.Symlink("target", "link"); err != nil {
		t.Fatal(err)
	}
	if code, _, stderr := call("fg", "import-config", "-", "-f", "-o", "link"); code != 0 {
		t.Fatal(stderr)
	}
	text, err := os.ReadFile("target")
	if err != nil || !strings.Contains(string(text), "fg = true") {
		t.Errorf("%q, %v", text, err)
	}
}

func TestImportPasswd(t *testing.T) {
	dump, err := os.ReadFile("../../pkg/auth/secrets/testdata/old.gdbm_dump")
	if err != nil {
		t.Fatal(err)
	}
	t.Chdir(t.TempDir())
	writeTest(t, "dump", string(dump))
	writeTest(t, "apop.pag", "\xcf\x9a\x57\x13")
	writeTest(t, "bdb.db", strings.Repeat("\x00", 12)+"\x61\x15\x06\x00")
	writeTest(t, "binary", "\x00\x01")
	for _, step := range []step{
		{"dump of GDBM", string(dump), "import-passwd - apop", exitPart,
			"- (dump of GDBM): 4 of 5 entries are in apop now\n1 of them ended with a NUL, which was removed\n",
			`-: left out: id "al ice": id has a blank`},
		{"from a file", "", "import-passwd dump fromfile", exitPart, "dump (dump of GDBM): 4 of 5", "dump: left out: id"},
		{"not over a file", "", "import-passwd dump apop", exitCantCreate, "", "already exists; -f replaces it"},
		{"not over the old file", "", "import-passwd -f dump dump", exitCantCreate, "", "is the old file itself"},
		{"list", "bob\tx y\n", "import-passwd - list", 0, "- (list): 1 of 1 entries are in list now\n", ""},
		{"over a file", "mrose\tz\n", "import-passwd - list -f", 0, "1 of 1", ""},
		{"nothing to take", "bob\n", "import-passwd - none", exitData, "", "-: left out: line 1: id or password is missing\ntpopsctl: -: no entry"},
		{"damaged", string(dump[:len(dump)/2]), "import-passwd - none", exitData, "", "the dump is incomplete"},
		{"GDBM", "", "import-passwd apop.pag none", exitData, "", "gdbm_dump apop.pag | tpopsctl import-passwd - NEW"},
		{"Berkeley DB", "", "import-passwd bdb none", exitData, "", "db5.3_dump -p bdb.db | tpopsctl import-passwd - NEW"},
		{"something else", "", "import-passwd binary none", exitData, "", "neither a list nor"},
		{"not there", "", "import-passwd nothing none", exitNoInput, "", "no such file"},
		{"nowhere", "bob\tx", "import-passwd - no/where", exitCantCreate, "", "no such file"},
	} {
		t.Run(step.name, step.run)
	}
	want := map[string][]secrets.Entry{
		"apop": {{Login: "bob", Password: "two words"}, {Login: "caf\xe9", Password: "p\xe4ss"}, {Login: "mrose", Password: "tanstaaf"}, {Login: "nul", Password: "secret"}},
		"list": {{Login: "mrose", Password: "z"}},
	}
	for name, entries := range want {
		if got, err := secrets.List(name); err != nil || !slices.Equal(got, entries) {
			t.Errorf("%s holds %q, %v", name, got, err)
		}
	}
	if _, err := os.Stat("none"); !os.IsNotExist(err) {
		t.Errorf("none: %v", err)
	}
}

// A list with nothing but mistakes does not fill the terminal.
func TestImportPasswdMany(t *testing.T) {
	code, _, stderr := call(strings.Repeat("bob\n", maxTold+5), "import-passwd", "-", filepath.Join(t.TempDir(), "new"))
	if lines := strings.Count(stderr, "\n"); code != exitData || lines != maxTold+2 || !strings.Contains(stderr, "-: 5 more left out\n") {
		t.Errorf("exit %d, %d lines", code, lines)
	}
}

// No password is shown, whatever is wrong with it.
func TestImportPasswdTellsNoSecret(t *testing.T) {
	list := "bob\ts3cr\x01et\nbob \ts3cret\n\ts3cret\nok\ts3cret\nok\ts3cret\n" + "long\t" + strings.Repeat("s3cret", 1000) + "\n"
	_, stdout, stderr := call(list, "import-passwd", "-", filepath.Join(t.TempDir(), "new"))
	if strings.Contains(stdout+stderr, "s3cr") {
		t.Errorf("%s%s", stdout, stderr)
	}
}

// The manual pages and the completions know every subcommand and option.
func TestDocumented(t *testing.T) {
	files := map[string]string{}
	for _, name := range []string{"../../man/tpopsctl.8", "../../man/ja/tpopsctl.8", "../../packaging/common/tpopsctl.bash",
		"../../packaging/common/_tpopsctl", "../../packaging/common/tpopsctl.fish"} {
		text, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		files[name] = strings.ReplaceAll(string(text), `\-`, "-")
	}
	for _, c := range subcommands() {
		words := []string{c.name}
		flags := flag.NewFlagSet(c.name, flag.ContinueOnError)
		flags.SetOutput(io.Discard)
		c.prepare(flags)
		flags.VisitAll(func(f *flag.Flag) {
			if len(f.Name) > 1 {
				words = append(words, f.Name)
			}
		})
		for file, text := range files {
			for _, word := range words {
				if !strings.Contains(text, word) {
					t.Errorf("%s says nothing of %s of %s", file, word, c.name)
				}
			}
		}
	}
}
