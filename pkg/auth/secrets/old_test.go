package secrets

import (
	"errors"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"

	"tpops/pkg/auth/gdbm"
)

// oldDB is what a file in testdata holds that Perl's NDBM_File made.
var oldDB = []Entry{{"bob", "two words"}, {"caf\xe9", "p\xe4ss"}, {"mrose", "tanstaaf"}, {"nul", "secret"}}

// copyOld copies both parts of the file in testdata into a folder.
func copyOld(t *testing.T) string {
	t.Helper()
	base := filepath.Join(t.TempDir(), "apop")
	for _, suffix := range []string{".pag", ".dir"} {
		content, err := os.ReadFile("testdata/old" + suffix)
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(base+suffix, content, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return base
}

func TestReadOldGDBM(t *testing.T) {
	base := copyOld(t)
	// In version 1.8 both names were one file.
	if err := os.Link(base+".pag", base+"18.dir"); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{base, base + ".pag", base + ".dir", base + "18.dir"} {
		old, err := ReadOld(name, nil)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if !slices.Equal(old.Entries, oldDB) || old.Cut != 1 || old.Format != "GDBM file" {
			t.Errorf("%s: %+v", name, old)
		}
		if len(old.LeftOut) != 1 || old.LeftOut[0].Error() != `id "al ice": id has a blank, a colon or a control character` {
			t.Errorf("%s: left out: %v", name, old.LeftOut)
		}
	}
}

func TestReadOldText(t *testing.T) {
	tests := []struct {
		name, text string
		want       []Entry
		left       string // what is left out, separated by |
		err        error
	}{
		{"list of the old tool", "bob\ttwo words\nmrose\ttanstaaf\n", []Entry{{"bob", "two words"}, {"mrose", "tanstaaf"}}, "", nil},
		{"list by hand", "bob  secret\n\nmrose\ttab\there", []Entry{{"bob", "secret"}, {"mrose", "tab\there"}}, "", nil},
		{"wrong lines", "bob\na b\tc\n\tx\nmrose\ty\r\nok\tz\n", []Entry{{"ok", "z"}},
			"line 1: id or password is missing|line 2: id has a blank, a colon or a control character|" +
				"line 3: id or password is missing|line 4: password has a control character", nil},
		{"one id twice", "bob\tfirst\nbob\tlast\n", []Entry{{"bob", "last"}}, "line 1: there is another entry for this id", nil},
		{"empty", "", nil, "", nil},
		{"not text", "bob\tx\n\x00\x01", nil, "", ErrUnknown},
		{"dump", "VERSION=3\nformat=print\ntype=hash\nHEADER=END\n bob\n two \\\\ \\5cwords\n nul\\00\n x\\00\nDATA=END\n",
			[]Entry{{"bob", `two \ \words`}, {"nul", "x"}}, "", nil},
		{"dump in hexadecimal", "VERSION=3\nformat=bytevalue\nHEADER=END\n 626f62\n 74776f\nDATA=END\n", []Entry{{"bob", "two"}}, "", nil},
		{"empty dump", "VERSION=3\nformat=print\nHEADER=END\nDATA=END\n", nil, "", nil},
		{"dump without a header", "VERSION=3\nformat=print\n bob\n x\nDATA=END\n", nil, "", ErrUnknown},
		{"dump cut off", "VERSION=3\nformat=print\nHEADER=END\n bob\n x\n", nil, "", ErrUnknown},
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

// An id with a NUL at its end gives way to the same id without: that is the one
// that 0.8 found.
func TestReadOldCut(t *testing.T) {
	old, err := ReadOld("-", strings.NewReader("VERSION=3\nformat=print\nHEADER=END\n bob\n x\n bob\\00\n y\nDATA=END\n"))
	if err != nil || !slices.Equal(old.Entries, []Entry{{"bob", "x"}}) || len(old.LeftOut) != 1 {
		t.Errorf("%+v, %v", old, err)
	}
}

// What Berkeley DB's own tools make is refused, and its dump is read.
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
	base := copyOld(t)
	content, err := os.ReadFile(base + ".pag")
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(base+".pag", content[:len(content)/2], 0o600); err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]error{
		base: gdbm.ErrDamaged, base + "none": fs.ErrNotExist, base + "none.dir": fs.ErrNotExist,
	} {
		if old, err := ReadOld(name, nil); !errors.Is(err, want) || old != nil {
			t.Errorf("%s: %v, %v", name, old, err)
		}
	}
	if _, err := ReadOld(t.TempDir(), nil); err == nil {
		t.Error("a directory is read")
	}
}

// A file that a program is writing is not read. GDBM locks it so.
func TestReadOldLocked(t *testing.T) {
	base := copyOld(t)
	file, err := os.Open(base + ".pag")
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	if err := syscall.Flock(int(file.Fd()), syscall.LOCK_EX); err != nil {
		t.Fatal(err)
	}
	if _, err := ReadOld(base, nil); !errors.Is(err, ErrChanging) {
		t.Errorf("error %v", err)
	}
}

// All that is taken from a dump or list can be kept.
func FuzzReadOld(f *testing.F) {
	f.Add("bob\tsecret\nmrose x\n")
	f.Add("VERSION=3\nformat=print\nHEADER=END\n bob\n x\\00\nDATA=END\n")
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
