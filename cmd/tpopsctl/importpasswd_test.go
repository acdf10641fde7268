package main

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"tpops/pkg/auth/secrets"
)

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
			"- (dump of GDBM): imported 4 of 5 entries into apop\nremoved a NUL at the end of 1 entries\n",
			`-: omitted: id "al ice": id has a blank`},
		{"from a file", "", "import-passwd dump fromfile", exitPart, "dump (dump of GDBM): imported 4 of 5", "dump: omitted: id"},
		{"existing file", "", "import-passwd dump apop", exitCantCreate, "", "already exists: -f replaces it"},
		{"the old file", "", "import-passwd -f dump dump", exitCantCreate, "", "is the old file: choose another name"},
		{"list", "bob\tx y\n", "import-passwd - list", 0, "- (list): imported 1 of 1 entries into list\n", ""},
		{"existing file with -f", "mrose\tz\n", "import-passwd - list -f", 0, "1 of 1", ""},
		{"no valid entry", "bob\n", "import-passwd - none", exitData, "", "-: omitted: line 1: id or password is missing\ntpopsctl: -: nothing was written: no entry"},
		{"damaged", string(dump[:len(dump)/2]), "import-passwd - none", exitData, "", "the dump is incomplete"},
		{"GDBM", "", "import-passwd apop.pag none", exitData, "", "gdbm_dump apop.pag | tpopsctl import-passwd - NEW"},
		{"Berkeley DB", "", "import-passwd bdb none", exitData, "", "db5.3_dump -p bdb.db | tpopsctl import-passwd - NEW"},
		{"unknown format", "", "import-passwd binary none", exitData, "", "neither a list nor"},
		{"missing file", "", "import-passwd nothing none", exitNoInput, "", "no such file"},
		{"missing folder", "bob\tx", "import-passwd - no/where", exitCantCreate, "", "no such file"},
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

// Of a list with many mistakes, only the first ones are reported.
func TestImportPasswdMany(t *testing.T) {
	code, _, stderr := call(strings.Repeat("bob\n", maxReports+5), "import-passwd", "-", filepath.Join(t.TempDir(), "new"))
	if lines := strings.Count(stderr, "\n"); code != exitData || lines != maxReports+2 || !strings.Contains(stderr, "-: 5 more omitted\n") {
		t.Errorf("exit %d, %d lines", code, lines)
	}
}

// A report about a wrong entry does not contain its password.
func TestImportPasswdShowsNoSecret(t *testing.T) {
	list := "bob\ts3cr\x01et\nbob \ts3cret\n\ts3cret\nok\ts3cret\nok\ts3cret\n" + "long\t" + strings.Repeat("s3cret", 1000) + "\n"
	_, stdout, stderr := call(list, "import-passwd", "-", filepath.Join(t.TempDir(), "new"))
	if strings.Contains(stdout+stderr, "s3cr") {
		t.Errorf("%s%s", stdout, stderr)
	}
}

// Only the user that runs the command can read the new file, whatever the umask.
func TestImportPasswdMode(t *testing.T) {
	name := filepath.Join(t.TempDir(), "new")
	if code, _, stderr := call("bob\tx\n", "import-passwd", "-", name); code != 0 {
		t.Fatal(stderr)
	}
	if info, err := os.Stat(name); err != nil || info.Mode() != 0o600 {
		t.Errorf("mode %v, %v", info.Mode(), err)
	}
}

// The exit code shows whether the input, the output or another program is the reason.
func TestImportPasswdExitCodes(t *testing.T) {
	for _, test := range []struct {
		err  error
		code int
	}{
		{fmt.Errorf("a: %w", fs.ErrExist), exitCantCreate},
		{&secrets.WriteError{Err: fs.ErrPermission}, exitCantCreate},
		{fmt.Errorf("lock: %w", secrets.ErrBusy), exitTemporary},
	} {
		var failure *failure
		if err := createFailure(test.err); !errors.As(err, &failure) || failure.code != test.code || !errors.Is(err, errors.Unwrap(test.err)) {
			t.Errorf("%v: %v", test.err, err)
		}
	}
	for err, code := range map[error]int{secrets.ErrUnknown: exitData, secrets.ErrOldFormat: exitData, fs.ErrPermission: exitNoInput} {
		if got := readCode(fmt.Errorf("a: %w", err)); got != code {
			t.Errorf("%v: %d", err, got)
		}
	}
}

func TestIsSame(t *testing.T) {
	t.Chdir(t.TempDir())
	writeTest(t, "a", "")
	writeTest(t, "b", "")
	if err := errors.Join(os.Link("a", "hard"), os.Symlink("a", "soft")); err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct {
		a, b string
		want bool
	}{{"a", "a", true}, {"a", "./a", true}, {"a", "hard", true}, {"soft", "a", true}, {"a", "b", false}, {"a", "none", false}, {"none", "none", false}, {"-", "a", false}} {
		if isSame(test.a, test.b) != test.want {
			t.Errorf("%s and %s", test.a, test.b)
		}
	}
}
