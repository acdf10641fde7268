package secrets

import (
	"bytes"
	"errors"
	"io/fs"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"

	"github.com/colinmarc/cdb"
)

// testdata/tinycdb.cdb was made by `cdb -c` of tinycdb 0.78.
var tinyEntries = []Entry{{"alice", "tanstaaf"}, {"bob", "with space"}, {"carl", "p\u00e4ss"}}

func TestReadsTinycdb(t *testing.T) {
	const name = "testdata/tinycdb.cdb"
	wantList(t, name, tinyEntries...)
	for _, e := range tinyEntries {
		if got, ok, err := Lookup(name, e.Login); got != e.Password || !ok || err != nil {
			t.Errorf("%s: %q, %v, %v", e.Login, got, ok, err)
		}
	}
}

// TestTinycdb reads and writes files of the distribution's tool.
func TestTinycdb(t *testing.T) {
	tool, err := exec.LookPath("cdb")
	if err != nil {
		t.Skip("cdb (Debian: tinycdb) is not installed")
	}
	dir := t.TempDir()
	ours, theirs := filepath.Join(dir, "ours"), filepath.Join(dir, "theirs")
	entries := map[string]string{}
	var list strings.Builder
	for _, e := range tinyEntries {
		entries[e.Login] = e.Password
		list.WriteString(e.Login + " " + e.Password + "\n")
	}
	set(t, ours, entries)
	out, err := exec.Command(tool, "-d", "-m", ours).CombinedOutput()
	if string(out) != list.String() || err != nil {
		t.Errorf("cdb -d: %q, %v", out, err)
	}
	out, err = exec.Command(tool, "-q", ours, "bob").CombinedOutput()
	if string(out) != "with space" || err != nil {
		t.Errorf("cdb -q: %q, %v", out, err)
	}
	create := exec.Command(tool, "-c", "-m", theirs)
	create.Stdin = strings.NewReader(list.String() + "alice second\n")
	if out, err := create.CombinedOutput(); err != nil {
		t.Fatalf("cdb -c: %q, %v", out, err)
	}
	wantList(t, theirs, tinyEntries...)
}

func TestOpenRefuses(t *testing.T) {
	whole, err := os.ReadFile("testdata/tinycdb.cdb")
	if err != nil {
		t.Fatal(err)
	}
	change := func(offset int, octets string) string {
		changed := bytes.Clone(whole)
		copy(changed[offset:], octets)
		return string(changed)
	}
	tests := []struct {
		name, content string
	}{
		{"empty", ""},
		{"truncated header", string(whole[:1000])},
		{"truncated records", string(whole[:headerSize+10])},
		{"truncated slots", string(whole[:len(whole)-1])},
		{"records begin in the header", change(0, "\x00\x00\x00\x00")},
		{"slots past the end", change(4, "\xff\xff\xff\xff")},
		{"slots before the records", change(8, "\x00\x00\x00\x00\x01")},
		{"key longer than the file", change(headerSize, "\xff\xff\xff\x7f")},
		{"value longer than the file", change(headerSize+4, "\xff\xff\xff\x7f")},
		{"sum of lengths wraps around", change(headerSize, "\xff\xff\xff\xff\x02\x00\x00\x00")},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			name := filepath.Join(t.TempDir(), "apop")
			if err := os.WriteFile(name, []byte(test.content), 0o600); err != nil {
				t.Fatal(err)
			}
			if got, err := List(name); !errors.Is(err, errDamaged) {
				t.Errorf("List: %v, %v", got, err)
			}
			if got, ok, err := Lookup(name, "zoe"); !errors.Is(err, errDamaged) || ok {
				t.Errorf("Lookup: %v, %v, %v", got, ok, err)
			}
		})
	}
}

// TestLibraryAgrees compares our reader with that of the library, for logins and
// passwords of all lengths that could be confused with other data.
func TestLibraryAgrees(t *testing.T) {
	name, want := filepath.Join(t.TempDir(), "apop"), map[string]string{}
	for login := 1; login < 20; login++ {
		for password := 1; password < 20; password++ {
			want[strings.Repeat("u", login)+strconv.Itoa(password)] = strings.Repeat("p", password)
		}
	}
	set(t, name, want)
	db, err := cdb.Open(name)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	for login, password := range want {
		ours, ok, err := Lookup(name, login)
		theirs, theirErr := db.Get([]byte(login))
		if ours != password || !ok || err != nil || string(theirs) != password || theirErr != nil {
			t.Errorf("%s: %q, %v, %v, library %q, %v", login, ours, ok, err, theirs, theirErr)
		}
	}
	if got, err := read(name); !maps.Equal(got, want) || err != nil {
		t.Errorf("%d entries, %v", len(got), err)
	}
}

func TestCheck(t *testing.T) {
	dir := t.TempDir()
	name := filepath.Join(dir, "apop")
	if err := Check(name); !errors.Is(err, fs.ErrNotExist) {
		t.Error("absent:", err)
	}
	set(t, name, map[string]string{"alice": "a"})
	for mode, fine := range map[fs.FileMode]bool{0o600: true, 0o640: true, 0o440: true, 0o644: false, 0o602: false, 0o601: false} {
		if err := os.Chmod(name, mode); err != nil {
			t.Fatal(err)
		}
		if err := Check(name); (err == nil) != fine {
			t.Errorf("%o: %v", mode, err)
		}
	}
	fifo := filepath.Join(dir, "fifo")
	if err := syscall.Mkfifo(fifo, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := Check(fifo); err == nil {
		t.Error("FIFO: no error")
	}
	if err := Check(dir); err == nil {
		t.Error("directory: no error")
	}
}

func TestOldFormats(t *testing.T) {
	pad := strings.Repeat("\x00", 4096)
	tests := []struct {
		name, file, content, open string
	}{
		{"GDBM's own name", "apop.pag", "\xcf\x9a\x57\x13" + pad, "apop.pag"},
		{"GDBM by base name", "apop.pag", "\xcf\x9a\x57\x13" + pad, "apop"},
		{"GDBM, big-endian", "apop", "\x13\x57\x9a\xce" + pad, "apop"},
		{"ndbm by base name", "apop.dir", "", "apop"},
		{"Berkeley DB by base name", "apop.db", pad, "apop"},
		{"Berkeley DB, hash", "apop", pad[:12] + "\x61\x15\x06\x00" + pad, "apop"},
		{"Berkeley DB, btree, big-endian", "apop", pad[:12] + "\x00\x05\x31\x62" + pad, "apop"},
		{"Berkeley DB 1.85", "apop", "\x00\x06\x15\x61" + pad, "apop"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			dir := t.TempDir()
			if err := os.WriteFile(filepath.Join(dir, test.file), []byte(test.content), 0o600); err != nil {
				t.Fatal(err)
			}
			name := filepath.Join(dir, test.open)
			_, _, lookup := Lookup(name, "alice")
			_, list := List(name)
			edit := Edit(name, func(map[string]string) error { return nil })
			for _, err := range []error{lookup, list, edit, Check(name)} {
				if !errors.Is(err, ErrOldFormat) || !strings.Contains(err.Error(), "tpopsctl import-passwd ") {
					t.Error(err)
				}
			}
		})
	}
}

func FuzzRead(f *testing.F) {
	whole, err := os.ReadFile("testdata/tinycdb.cdb")
	if err != nil {
		f.Fatal(err)
	}
	f.Add(whole, "bob")
	name := filepath.Join(f.TempDir(), "apop")
	f.Fuzz(func(t *testing.T, content []byte, login string) {
		// Random input never has a complete header, so half of the inputs get one.
		if len(content)%2 == 0 {
			content = append(bytes.Clone(whole[:headerSize]), content...)
		}
		if err := os.WriteFile(name, content, 0o600); err != nil {
			t.Fatal(err)
		}
		entries, err := List(name)
		if err != nil && !errors.Is(err, errDamaged) && !errors.Is(err, ErrOldFormat) {
			t.Error(err)
		}
		for _, e := range entries {
			if len(e.Login)+len(e.Password) > len(content) {
				t.Errorf("entry is longer than the file: %q", e)
			}
		}
		if _, _, err := Lookup(name, login); err != nil && !errors.Is(err, errDamaged) && !errors.Is(err, ErrOldFormat) {
			t.Error(err)
		}
	})
}
