package main

import (
	"bytes"
	"flag"
	"go/ast"
	"go/parser"
	"go/token"
	"io"
	"os"
	"regexp"
	"strings"
	"testing"
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
		{"nothing", "", "", exitUsage, "", "no subcommand"},
		{"unknown", "", "imprt", exitUsage, "", `unknown subcommand "imprt" (did you mean "import"?)` + "\ntpopsctl --help lists all subcommands.\n"},
		{"help of a subcommand", "", "import-passwd --help", 0, importPasswdHelp, ""},
		{"help after an operand", "", "import-config x -h", 0, importConfigHelp, ""},
		{"unknown option", "", "import-config -x a", exitUsage, "", "usage: tpopsctl import-config [-fk] [--from=SERVER] [-o FILE] INPUT...\n"},
		{"too few", "", "import-passwd a", exitUsage, "", "an operand is missing\nusage: tpopsctl import-passwd"},
		{"too many", "", "import-config a b", exitUsage, "", "2 file names instead of 1"},
		{"none expected", "", "kick bob", exitUsage, "", `unexpected operand "bob"` + "\nusage: tpopsctl kick --session ID|--user USER"},
		{"far from all", "", "logs", exitUsage, "", `unknown subcommand "logs"` + "\n"},
		{"no option after --", "", "import-config -- -o", exitNoInput, "", "open -o: no such file"},
	} {
		t.Run(step.name, step.run)
	}
	if code, _, stderr := call("", "import-config", ""); code != exitUsage || !strings.Contains(stderr, "an operand is empty") {
		t.Errorf("empty name: exit %d, %s", code, stderr)
	}
}

// The manual pages and the completions contain every subcommand and option.
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
					t.Errorf("%s does not contain %s of %s", file, word, c.name)
				}
			}
		}
	}
}

// Options may follow operands, up to a --.
func TestReadArguments(t *testing.T) {
	for _, test := range []struct {
		args, operands, output string // words, separated by spaces
		force, fails           bool
	}{
		{args: ""},
		{args: "a b", operands: "a b"},
		{args: "-f a", operands: "a", force: true},
		{args: "a -f b", operands: "a b", force: true},
		{args: "a --force -o x", operands: "a", force: true, output: "x"},
		{args: "--output=x - -o y", operands: "-", output: "y"},
		{args: "a -- -f", operands: "a -f"},
		{args: "-f -- --", operands: "--", force: true},
		{args: "-f=false a", operands: "a"},
		{args: "a -o", fails: true},
		{args: "-f=x a", fails: true},
		{args: "a --forc", fails: true},
	} {
		flags := flag.NewFlagSet("test", flag.ContinueOnError)
		flags.SetOutput(io.Discard)
		force := switchFlag(flags, "f", "force")
		output := flags.String("o", "", "")
		flags.StringVar(output, "output", "", "")
		operands, err := readArguments(flags, strings.Fields(test.args))
		if err != nil || test.fails {
			if (err != nil) != test.fails {
				t.Errorf("%q: %v", test.args, err)
			}
			continue
		}
		if got := strings.Join(operands, " "); got != test.operands || *force != test.force || *output != test.output {
			t.Errorf("%q: %q, %v, %q", test.args, got, *force, *output)
		}
	}
}

// A help text fits on a terminal and begins with the usage.
func TestHelp(t *testing.T) {
	texts := map[string]string{"": overview()}
	for _, c := range subcommands() {
		code, stdout, stderr := call("", c.name, "-h")
		if code != 0 || stderr != "" || !strings.HasPrefix(stdout, "usage: tpopsctl "+c.name+" ") {
			t.Errorf("%s: exit %d, %s%s", c.name, code, stdout, stderr)
		}
		if !strings.Contains(overview(), c.usage()[len("usage: "):]) || !strings.Contains(overview(), c.about) {
			t.Errorf("%s is missing in the overview", c.name)
		}
		texts[c.name] = stdout
	}
	for name, text := range texts {
		for line := range strings.Lines(text) {
			if len(line) > 81 || strings.HasSuffix(line, " \n") || !strings.HasSuffix(line, "\n") {
				t.Errorf("%s: %q", name, line)
			}
		}
	}
}

// Each exit code of this program is in the help of each subcommand, and in the manual pages.
func TestExitCodesDocumented(t *testing.T) {
	program, err := parser.ParseFile(token.NewFileSet(), "main.go", nil, 0)
	if err != nil {
		t.Fatal(err)
	}
	var codes []string
	ast.Inspect(program, func(n ast.Node) bool {
		if c, ok := n.(*ast.ValueSpec); ok && strings.HasPrefix(c.Names[0].Name, "exit") {
			if value, ok := c.Values[0].(*ast.BasicLit); ok && value.Kind == token.INT {
				codes = append(codes, value.Value)
			}
		}
		return true
	})
	if len(codes) < 9 {
		t.Fatalf("only the codes %q are found", codes)
	}
	for _, code := range codes {
		for _, c := range subcommands() {
			if _, help, _ := call("", c.name, "--help"); !regexp.MustCompile(`(?s)Exit codes of all.*\b` + code + `\s`).MatchString(help) {
				t.Errorf("the help of %s does not have the exit code %s", c.name, code)
			}
		}
		for _, page := range []string{"../../man/tpopsctl.8", "../../man/ja/tpopsctl.8"} {
			if text, err := os.ReadFile(page); err != nil || !strings.Contains(string(text), "\n.It "+code+"\n") {
				t.Errorf("%s does not have the exit code %s: %v", page, code, err)
			}
		}
	}
}
