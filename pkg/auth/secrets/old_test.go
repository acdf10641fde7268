package secrets

import (
	"errors"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// oldDB are the entries of the dump in testdata, which gdbm_dump made from a file of
// Perl's NDBM_File.
var oldDB = []Entry{{"bob", "two words"}, {"caf\xe9", "p\xe4ss"}, {"mrose", "tanstaaf"}, {"nul", "secret"}}

func TestReadOldGDBM(t *testing.T) {
	old, err := ReadOld("testdata/old.gdbm_dump", nil)
	if err != nil {
		t.Fatal(err)
	}
	if !slices.Equal(old.Entries, oldDB) || old.Cut != 1 || old.Format != "dump of GDBM" {
		t.Errorf("%+v", old)
	}
	if len(old.LeftOut) != 1 || old.LeftOut[0].Error() != `id "al ice": id has a blank, a colon or a control character` {
		t.Errorf("left out: %v", old.LeftOut)
	}
}

// A dump that is truncated at any octet, or changed, is rejected.
func TestReadOldGDBMDamaged(t *testing.T) {
	content, err := os.ReadFile("testdata/old.gdbm_dump")
	if err != nil {
		t.Fatal(err)
	}
	whole := string(content)
	for cut := len(gdbmDumpStart); cut < len(whole)-1; cut++ {
		if _, err := ReadOld("-", strings.NewReader(whole[:cut])); !errors.Is(err, ErrUnknown) {
			t.Fatalf("cut off after %d octets: %v", cut, err)
		}
	}
	for from, to := range map[string]string{
		"#:count=5": "#:count=4", "#:len=3": "#:len=4", "Ym9i": "Ym9", "# End of header": "# End", "#:len=3\n": "junk\n#:len=3\n",
	} {
		if _, err := ReadOld("-", strings.NewReader(strings.Replace(whole, from, to, 1))); !errors.Is(err, ErrUnknown) {
			t.Errorf("%q for %q: %v", to, from, err)
		}
	}
	empty := whole[:strings.Index(whole, "#:len=")] + "#:count=0\n# End of data\n"
	if old, err := ReadOld("-", strings.NewReader(empty)); err != nil || len(old.Entries) != 0 {
		t.Errorf("an empty database: %+v, %v", old, err)
	}
}

func TestReadOldText(t *testing.T) {
	tests := []struct {
		name, text string
		want       []Entry
		left       string // the errors for omitted entries, separated by |
		err        error
	}{
		{"list of the old tool", "bob\ttwo words\nmrose\ttanstaaf\n", []Entry{{"bob", "two words"}, {"mrose", "tanstaaf"}}, "", nil},
		{"list by hand", "bob  secret\n\nmrose\ttab\there", []Entry{{"bob", "secret"}, {"mrose", "tab\there"}}, "", nil},
		{"invalid lines", "bob\na b\tc\n\tx\nmrose\ty\r\nok\tz\n", []Entry{{"ok", "z"}},
			"line 1: id or password is missing|line 2: id has a blank, a colon or a control character|" +
				"line 3: id or password is missing|line 4: password has a control character", nil},
		{"the same id twice", "bob\tfirst\nbob\tlast\n", []Entry{{"bob", "last"}}, "line 1: there is another entry for this id", nil},
		{"empty", "", nil, "", nil},
		{"not text", "bob\tx\n\x00\x01", nil, "", ErrUnknown},
		{"dump", "VERSION=3\nformat=print\ntype=hash\nHEADER=END\n bob\n two \\\\ \\5cwords\n nul\\00\n x\\00\nDATA=END\n",
			[]Entry{{"bob", `two \ \words`}, {"nul", "x"}}, "", nil},
		{"dump in hexadecimal", "VERSION=3\nformat=bytevalue\nHEADER=END\n 626f62\n 74776f\nDATA=END\n", []Entry{{"bob", "two"}}, "", nil},
		{"empty dump", "VERSION=3\nformat=print\nHEADER=END\nDATA=END\n", nil, "", nil},
		{"dump without a header", "VERSION=3\nformat=print\n bob\n x\nDATA=END\n", nil, "", ErrUnknown},
		{"truncated dump", "VERSION=3\nformat=print\nHEADER=END\n bob\n x\n", nil, "", ErrUnknown},
		{"dump with half an entry", "VERSION=3\nformat=print\nHEADER=END\n bob\nDATA=END\n", nil, "", ErrUnknown},
		{"dump with a wrong octet", "VERSION=3\nformat=print\nHEADER=END\n bob\n x\\zz\nDATA=END\n", nil, "", ErrUnknown},
		{"dump with half an octet", "VERSION=3\nformat=print\nHEADER=END\n bob\n x\\0\nDATA=END\n", nil, "", ErrUnknown},
		{"dump without blanks", "VERSION=3\nformat=print\nHEADER=END\nbob\n x\nDATA=END\n", nil, "", ErrUnknown},
		{"two dumps", "VERSION=3\nformat=print\nHEADER=END\nDATA=END\nVERSION=3\n", nil, "", ErrUnknown},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			old, err := ReadOld("-", strings.NewReader(test.text))
			if !errors.Is(err, test.err) || err == nil != (test.err == nil) {
				t.Fatalf("error %v", err)
			}
			if err != nil {
				return
			}
			if !slices.Equal(old.Entries, test.want) || errors.Join(old.LeftOut...) != nil && strings.ReplaceAll(errors.Join(old.LeftOut...).Error(), "\n", "|") != test.left || len(old.LeftOut) == 0 != (test.left == "") {
				t.Errorf("%+v", old)
			}
		})
	}
}

// If there are two ids that differ only in a NUL at the end, the one without NUL counts:
// 0.8 looked up that one.
func TestReadOldCut(t *testing.T) {
	old, err := ReadOld("-", strings.NewReader("VERSION=3\nformat=print\nHEADER=END\n bob\n x\n bob\\00\n y\nDATA=END\n"))
	if err != nil || !slices.Equal(old.Entries, []Entry{{"bob", "x"}}) || len(old.LeftOut) != 1 {
		t.Errorf("%+v, %v", old, err)
	}
}

// A file of Berkeley DB's own tools is rejected, and its dump is read.
func TestReadOldBerkeleyDB(t *testing.T) {
	if _, err := exec.LookPath("db5.3_load"); err != nil {
		t.Skip("db5.3-util is not installed")
	}
	base := filepath.Join(t.TempDir(), "apop")
	load := exec.Command("db5.3_load", "-T", "-t", "hash", base+".db")
	load.Stdin = strings.NewReader("mrose\ntan staaf\nb\\\\ob\n\\e4x\n")
	if out, err := load.CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	_, err := ReadOld(base, nil)
	if !errors.Is(err, ErrOldFormat) || !strings.Contains(err.Error(), "`db5.3_dump -p "+base+".db | tpopsctl import-passwd - NEW`") {
		t.Errorf("error %v", err)
	}
	for _, option := range []string{"-p", "-k"} {
		dump, err := exec.Command("db5.3_dump", option, base+".db").Output()
		if err != nil {
			t.Fatal(err)
		}
		old, err := ReadOld("-", strings.NewReader(string(dump)))
		if err != nil || !slices.Equal(old.Entries, []Entry{{`b\ob`, "\xe4x"}, {"mrose", "tan staaf"}}) {
			t.Errorf("%+v, %v", old, err)
		}
	}
}

func TestReadOldRefuses(t *testing.T) {
	dir := t.TempDir()
	gdbm := filepath.Join(dir, "apop")
	for name, content := range map[string]string{gdbm + ".pag": "\xcf\x9a\x57\x13", gdbm + ".dir": ""} {
		if err := os.WriteFile(name, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	for name, want := range map[string]error{
		gdbm: ErrOldFormat, gdbm + ".pag": ErrOldFormat, gdbm + ".dir": ErrOldFormat, gdbm + "none": fs.ErrNotExist,
	} {
		old, err := ReadOld(name, nil)
		if !errors.Is(err, want) || old != nil {
			t.Errorf("%s: %v, %v", name, old, err)
		}
		if want == ErrOldFormat && !strings.Contains(err.Error(), "`gdbm_dump "+gdbm+".pag | tpopsctl import-passwd - NEW`") {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := ReadOld(dir, nil); err == nil {
		t.Error("a directory is accepted")
	}
}

// All entries read from a dump or list can be stored.
func FuzzReadOld(f *testing.F) {
	f.Add("bob\tsecret\nmrose x\n")
	f.Add("VERSION=3\nformat=print\nHEADER=END\n bob\n x\\00\nDATA=END\n")
	f.Add("# GDBM dump file\n# End of header\n#:len=1\nYQ==\n#:len=1\nYg==\n#:count=1\n# End of data\n")
	f.Add("VERSION=3\nHEADER=END\n 626f62\n 78\nDATA=END\n")
	f.Fuzz(func(t *testing.T, text string) {
		old, err := ReadOld("-", strings.NewReader(text))
		if err != nil {
			if !errors.Is(err, ErrUnknown) {
				t.Error(err)
			}
			return
		}
		for i, e := range old.Entries {
			if err := e.Valid(); err != nil || i > 0 && old.Entries[i-1].Login >= e.Login {
				t.Errorf("%+v: %v", old.Entries, err)
			}
		}
	})
}
