package passwdfile

import (
	"bytes"
	"errors"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"tpops/pkg/auth"
	"tpops/pkg/memfd"
	"tpops/pkg/password"
	"tpops/pkg/pop3"
)

// memoryFile returns an empty file in memory, with a name that no other test uses.
func memoryFile(t *testing.T) (file *os.File, name string) {
	t.Helper()
	name = fmt.Sprintf("users-%x", rand.Uint64())
	file, err := memfd.New(name)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { file.Close() })
	return file, name
}

// openShared opens the file at path with these files for its rows.
func openShared(t *testing.T, path string, shared, before *os.File) (*File, *bytes.Buffer, error) {
	t.Helper()
	log := new(bytes.Buffer)
	f, err := Open(t.Context(), Options{
		Path: path, Maildir: "Maildir", Verifier: password.NewVerifier(), Log: slog.New(slog.NewTextHandler(log, nil)),
		Shared: shared, Before: before,
	})
	return f, log, err
}

// isMapped reports whether this process has a file in memory mapped.
func isMapped(t *testing.T, name string) bool {
	t.Helper()
	maps, err := os.ReadFile("/proc/self/maps")
	if err != nil {
		t.Fatal(err)
	}
	return bytes.Contains(maps, []byte(name))
}

// replaceFile puts a complete file with other rows at the path.
func replaceFile(t *testing.T, path, text string) {
	t.Helper()
	writeAt(t, path+".new", text, time.Now().Add(-time.Hour))
	if err := os.Rename(path+".new", path); err != nil {
		t.Fatal(err)
	}
}

// TestShared checks that a process that finds the rows in a sealed file decides as the
// one that has read passwd-file, and that only that one logs invalid lines.
func TestShared(t *testing.T) {
	path := filepath.Join(t.TempDir(), "passwd")
	writeAt(t, path, fiveUsers+"fay:{PLAIN}x:0:0::/\n:x\nann:{PLAIN}y::::/other\n", time.Now().Add(-time.Hour))
	shared, name := memoryFile(t)
	reader, log, err := openShared(t, path, shared, nil)
	if err != nil || !memfd.IsSealed(shared) || !strings.Contains(log.String(), "invalid lines") {
		t.Fatalf("%v, sealed %t, log %s", err, memfd.IsSealed(shared), log)
	}
	user, log, err := openShared(t, path, shared, nil)
	if err != nil || log.Len() > 0 || !isMapped(t, name) {
		t.Fatalf("%v, mapped %t, log %s", err, isMapped(t, name), log)
	}
	shared.Close() // The mapping stays.
	for _, login := range []string{"ann", "bob", "cid", "dan", "eve", "fay", "zoe", "", "a", "ann:x"} {
		for _, password := range []string{"x", "y", ""} {
			a := pop3.Attempt{Login: login, Password: password}
			want, wantErr := reader.Authenticate(t.Context(), a)
			got, err := user.Authenticate(t.Context(), a)
			if fmt.Sprintf("%+v", got) != fmt.Sprintf("%+v", want) || fmt.Sprint(err) != fmt.Sprint(wantErr) {
				t.Errorf("%q %q: %+v, %v, want %+v, %v", login, password, got, err, want, wantErr)
			}
		}
	}
	if user.SecretReach() != reader.SecretReach() || user.SCRAMReach("SHA-256") != reader.SCRAMReach("SHA-256") {
		t.Error("other ways to log in")
	}
}

// TestSharedRandom checks that each row of a large file is found in the mapping, and no
// other login.
func TestSharedRandom(t *testing.T) {
	var text strings.Builder
	rows := map[string]string{}
	for range 1000 {
		login, home := fmt.Sprintf("%x", rand.IntN(3000)), fmt.Sprintf("/home/%d", rand.Uint32())
		fmt.Fprintf(&text, "%s:{PLAIN}x::::%s\n", login, home)
		if rows[login] == "" { // The first row counts.
			rows[login] = home + "/Maildir"
		}
	}
	path := filepath.Join(t.TempDir(), "passwd")
	writeAt(t, path, text.String(), time.Now().Add(-time.Hour))
	shared, _ := memoryFile(t)
	for range 2 {
		f, _, err := openShared(t, path, shared, nil)
		if err != nil {
			t.Fatal(err)
		}
		for n := range 3000 {
			login := fmt.Sprintf("%x", n)
			if got := maildropOf(t, f, login); got != rows[login] {
				t.Fatalf("%s: %q, want %q", login, got, rows[login])
			}
		}
	}
}

// TestSharedChanged checks that a process with shared rows notices a change of the file,
// and that a process started later does not use old rows.
func TestSharedChanged(t *testing.T) {
	path := filepath.Join(t.TempDir(), "passwd")
	writeAt(t, path, "ann:{PLAIN}x::::/h\n", time.Now().Add(-time.Hour))
	shared, _ := memoryFile(t)
	if _, _, err := openShared(t, path, shared, nil); err != nil {
		t.Fatal(err)
	}
	before, _, err := openShared(t, path, shared, nil)
	if err != nil || !logsIn(t, before, "ann") {
		t.Fatal(err)
	}
	replaceFile(t, path, "bob:{PLAIN}x::::/h\n")
	after, _, err := openShared(t, path, shared, nil)
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range []*File{before, after} {
		if logsIn(t, f, "ann") || !logsIn(t, f, "bob") {
			t.Error("the rows are old")
		}
	}
	if err := os.Remove(path); err != nil {
		t.Fatal(err)
	}
	if !logsIn(t, after, "bob") {
		t.Error("a missing file locks users out")
	}
}

// TestSharedFileUnusable checks that a process which starts while the file is missing,
// unreadable or incomplete has the rows that are in force, as those that run already, and
// takes the next complete file.
func TestSharedFileUnusable(t *testing.T) {
	for name, spoil := range map[string]func(path string) error{
		"missing":     os.Remove,
		"a directory": func(path string) error { return errors.Join(os.Remove(path), os.Mkdir(path, 0o700)) },
		"half a line": func(path string) error { return os.WriteFile(path, []byte("ann:{PLAIN}y::::/oth"), 0o600) },
		"truncated":   func(path string) error { return os.Truncate(path, 0) },
		"too large":   func(path string) error { return os.Truncate(path, maxFile+1) },
	} {
		t.Run(name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "passwd")
			writeAt(t, path, "ann:{PLAIN}x::::/h\n", time.Now().Add(-time.Hour))
			shared, _ := memoryFile(t)
			if _, _, err := openShared(t, path, shared, nil); err != nil {
				t.Fatal(err)
			}
			if err := spoil(path); err != nil {
				t.Fatal(err)
			}
			f, _, err := openShared(t, path, shared, nil)
			if err != nil {
				t.Fatal(err)
			}
			if !logsIn(t, f, "ann") {
				t.Error("ann is locked out")
			}
			if err := os.RemoveAll(path); err != nil {
				t.Fatal(err)
			}
			replaceFile(t, path, "bob:{PLAIN}x::::/h\n")
			if logsIn(t, f, "ann") || !logsIn(t, f, "bob") {
				t.Error("the rows are old")
			}
		})
	}
}

// TestSharedClose checks that Close removes the mapping, and all rows that were read
// later: no user is found any more.
func TestSharedClose(t *testing.T) {
	for _, changed := range []bool{false, true} {
		path := filepath.Join(t.TempDir(), "passwd")
		writeAt(t, path, "ann:{PLAIN}x::::/h\n", time.Now().Add(-time.Hour))
		shared, name := memoryFile(t)
		if _, _, err := openShared(t, path, shared, nil); err != nil {
			t.Fatal(err)
		}
		f, _, err := openShared(t, path, shared, nil)
		if err != nil {
			t.Fatal(err)
		}
		if changed {
			replaceFile(t, path, "ann:{PLAIN}x::::/h\nbob:{PLAIN}x::::/h\n")
		}
		rows := f.table.Load()
		if !logsIn(t, f, "ann") || !isMapped(t, name) {
			t.Fatal("ann cannot log in, or nothing is mapped")
		}
		if changed {
			rows = f.table.Load()
		}
		text := rows.image.text
		if err := errors.Join(f.Close(), f.Close()); err != nil {
			t.Fatal(err)
		}
		closed := func(login string) bool {
			_, err := f.Find(t.Context(), login)
			account, locateErr := f.Locate(t.Context(), login)
			return errors.Is(err, errClosed) && errors.Is(locateErr, errClosed) && account == nil
		}
		if isMapped(t, name) || !closed("ann") || !closed("nobody") {
			t.Errorf("changed %t: rows are left, or there seems to be no user", changed)
		}
		if changed && bytes.ContainsFunc(text, func(r rune) bool { return r != 0 }) {
			t.Error("the memory contains the rows")
		}
		replaceFile(t, path, "ann:{PLAIN}x::::/elsewhere\n")
		if !closed("ann") {
			t.Error("the file was read after Close")
		}
	}
}

// TestSharedBefore checks that a file that may be incomplete does not replace the rows
// that are in use, as in a process that has them.
func TestSharedBefore(t *testing.T) {
	path := filepath.Join(t.TempDir(), "passwd")
	writeAt(t, path, "ann:{PLAIN}x::::/h\n", time.Now().Add(-time.Hour))
	before, _ := memoryFile(t)
	if _, _, err := openShared(t, path, before, nil); err != nil {
		t.Fatal(err)
	}
	writeAt(t, path, "ann:{PLAIN}x::::/home/an", time.Now().Add(-time.Hour))
	next, _ := memoryFile(t)
	if _, _, err := openShared(t, path, next, before); !errors.Is(err, errUnfinished) || memfd.IsSealed(next) {
		t.Errorf("half a line: %v, sealed %t", err, memfd.IsSealed(next))
	}
	replaceFile(t, path, "bob:{PLAIN}x::::/h\n")
	f, _, err := openShared(t, path, next, before)
	if err != nil || !memfd.IsSealed(next) || !logsIn(t, f, "bob") {
		t.Errorf("a complete file: %v", err)
	}
}

// TestSharedInvalid checks that a file that is not sealed, or is no table, is not mapped.
func TestSharedInvalid(t *testing.T) {
	path := filepath.Join(t.TempDir(), "passwd")
	writeAt(t, path, "ann:{PLAIN}x::::/h\n", time.Now().Add(-time.Hour))
	for name, data := range map[string][]byte{
		"empty": nil, "short": []byte("x"), "long": bytes.Repeat([]byte("x"), 4096), "length": append([]byte{1, 0x75, 0x70, 0x74}, bytes.Repeat([]byte{0xff}, 200)...),
	} {
		file, memory := memoryFile(t)
		if _, err := file.Write(data); err != nil {
			t.Fatal(err)
		}
		if _, err := mapImage(file); err == nil {
			t.Errorf("%s: mapped although it is not sealed", name)
		}
		if err := memfd.Seal(file); err != nil {
			t.Fatal(err)
		}
		if _, _, err := openShared(t, path, file, nil); err == nil || isMapped(t, memory) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// TestFindAllocations checks that a lookup copies one row, however many there are.
func TestFindAllocations(t *testing.T) {
	var text strings.Builder
	for n := range 10_000 {
		fmt.Fprintf(&text, "user%d:{PLAIN}x::::/home/user%d\n", n, n)
	}
	f, _, _ := openText(t, text.String())
	image := f.table.Load().image
	if n := testing.AllocsPerRun(100, func() { image.find("user4711") }); n > 1 {
		t.Errorf("find: %v allocations", n)
	}
	row := func() *auth.Row { return f.table.Load().row("user4711") }
	if n := testing.AllocsPerRun(100, func() { row() }); n > 12 {
		t.Errorf("row: %v allocations", n)
	}
}
