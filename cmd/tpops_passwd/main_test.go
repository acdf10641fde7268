package main

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// call runs the program with text on its standard input.
func call(t *testing.T, stdin string, args ...string) (code int, stdout, stderr string) {
	t.Helper()
	input := filepath.Join(t.TempDir(), "stdin")
	if err := os.WriteFile(input, []byte(stdin), 0o600); err != nil {
		t.Fatal(err)
	}
	file, err := os.Open(input)
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	var out, errOut bytes.Buffer
	code = run(args, file, &out, &errOut)
	return code, out.String(), errOut.String()
}

// TestForms calls the program step by step with the same file, as an operator does.
func TestForms(t *testing.T) {
	dir := t.TempDir()
	t.Chdir(dir)
	write := func(name, text string) {
		if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	write("list", "carol  two words\nalice\tnew\n")
	write("bad", "dave fine\nerin\n")
	write("old", "\xcf\x9a\x57\x13 and so on, as long as sixteen octets")
	steps := []struct {
		name, stdin, args string
		code              int
		stdout, stderr    string // stderr: a part of it
	}{
		{"list a missing file", "", "-l pw", exitNoInput, "", "no such file"},
		{"delete from a missing file", "", "-d alice pw", exitNoInput, "", "no such file"},
		{"add", "", "pw bob secret", 0, "", ""},
		{"add another", "", "pw alice secret2", 0, "", ""},
		{"list", "", "-l pw", 0, "alice\tsecret2\nbob\tsecret\n", ""},
		{"replace", "", "pw bob other", 0, "", ""},
		{"password from standard input", "a line\nand more", "pw dora -", 0, "", ""},
		{"no password on standard input", "", "pw dora -", exitNoInput, "", "EOF"},
		{"add a list", "", "-f list pw", 0, "", ""},
		{"list again", "", "-l pw", 0, "alice\tnew\nbob\tother\ncarol\ttwo words\ndora\ta line\n", ""},
		{"list with an invalid line", "", "-f bad pw", exitData, "", "bad: nothing was written: line 2: id or password is missing"},
		{"missing list", "", "-f none pw", exitNoInput, "", "none"},
		{"list from standard input", "erin x\n", "-f - pw2", 0, "", ""},
		{"delete", "", "-d bob pw", 0, "", ""},
		{"delete again", "", "-d bob pw", exitAbsent, "", `unknown id "bob"`},
		{"list at last", "", "-l pw", 0, "alice\tnew\ncarol\ttwo words\ndora\ta line\n", ""},
		{"the other file", "", "-l pw2", 0, "erin\tx\n", ""},
		{"missing folder", "", "none/pw alice x", exitCantCreate, "", "none"},
		{"old file", "", "-l old", exitNoInput, "", "gdbm_dump old | tpopsctl import-passwd - NEW"},
		{"add to an old file", "", "old alice x", exitNoInput, "", "TPOPS 0.8"},
		{"not a database", "", "-l list", exitNoInput, "", "not a complete cdb file"},
		{"id with a colon", "", "pw a:b x", exitUsage, "", "colon"},
		{"version", "", "--version", 0, "tpops_passwd " + version + "\n", ""},
		{"help", "", "--help", 0, usage, ""},
		{"no arguments", "", "", exitUsage, "", "usage:"},
		{"too few", "", "pw alice", exitUsage, "", "usage:"},
		{"too many", "", "-l pw alice", exitUsage, "", "usage:"},
		{"two forms", "", "-l -d alice pw", exitUsage, "", "only one of -f, -d, -l and --hash is allowed"},
		{"unknown option", "", "-x pw", exitUsage, "", "-x"},
	}
	for _, step := range steps {
		t.Run(step.name, func(t *testing.T) {
			code, stdout, stderr := call(t, step.stdin, strings.Fields(step.args)...)
			if code != step.code || stdout != step.stdout {
				t.Errorf("exit %d, %q, want %d, %q", code, stdout, step.code, step.stdout)
			}
			if !strings.Contains(stderr, step.stderr) || (stderr == "") != (step.stderr == "") {
				t.Errorf("standard error %q, want %q in it", stderr, step.stderr)
			}
		})
	}
}

func TestOddArguments(t *testing.T) {
	file := filepath.Join(t.TempDir(), "pw")
	for _, password := range []string{" blanks ", "-x", "--help", "p\xe4ss\xff", "tab\there", "'\"$`"} {
		if code, _, stderr := call(t, "", file, "alice", password); code != 0 {
			t.Errorf("add %q: exit %d, %s", password, code, stderr)
		}
		code, list, stderr := call(t, "", "-l", file)
		if code != 0 || list != "alice\t"+password+"\n" {
			t.Errorf("list %q: exit %d, %q, %s", password, code, list, stderr)
		}
		// The list can be read again, and gives the same entries.
		if code, _, stderr := call(t, list, "-f", "-", file+"2"); code != 0 {
			t.Errorf("list in %q: exit %d, %s", password, code, stderr)
		}
		if _, again, _ := call(t, "", "-l", file+"2"); again != list {
			t.Errorf("%q came back as %q", list, again)
		}
	}
	for _, args := range [][]string{{file, "alice", ""}, {file, "", "x"}, {file, "al ice", "x"}, {file, "alice", "a\nb"}, {"", "alice", "x"}} {
		if code, _, stderr := call(t, "", args...); code != exitUsage || strings.Contains(stderr, "a\nb") {
			t.Errorf("%q: exit %d, %s", args, code, stderr)
		}
	}
}
