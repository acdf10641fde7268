package maildir

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// openDirs returns the names below dir that are open.
func openDirs(t *testing.T, dir string) (names []string) {
	t.Helper()
	for _, file := range openFiles(t) {
		if _, path, _ := strings.Cut(file, " "); strings.HasPrefix(path, dir+"/") {
			names = append(names, strings.TrimPrefix(path, dir+"/"))
		}
	}
	slices.Sort(names)
	return names
}

// A directory is opened for the first message and stays open for the next ones, until the
// session waits or ends.
func TestFetchKeepsDirectory(t *testing.T) {
	dir := newMaildir(t, "cur/1.a", "cur/2.b", "new/3.c")
	m := open(t, dir, Options{})
	want := func(names ...string) {
		t.Helper()
		if got := openDirs(t, dir); !slices.Equal(got, names) {
			t.Errorf("%q are open, want %q", got, names)
		}
	}
	want()
	read(t, m, 1)
	want("cur")
	kept := m.view.kept
	read(t, m, 2)
	if m.view.kept != kept {
		t.Error("the directory was opened again")
	}
	read(t, m, 3)
	want("cur", "new")
	m.Rest()
	want()
	read(t, m, 1)
	_ = m.Close()
	want()
	m.Rest() // It has no effect.
}

// A message is found wherever another program puts it while its directory is open, and
// none is taken for gone because the open directory is not cur any more.
func TestFetchAfterChange(t *testing.T) {
	for name, change := range map[string]func(t *testing.T, dir string){
		"flags":     func(t *testing.T, dir string) { rename(t, dir, "cur/2.b", "cur/2.b:2,F") },
		"moved":     func(t *testing.T, dir string) { rename(t, dir, "cur/2.b", "new/2.b") },
		"restored":  func(t *testing.T, dir string) { replaceCur(t, dir); deliver(t, dir, "cur/2.b:2,S", "cur/2.b\n") },
		"same name": func(t *testing.T, dir string) { replaceCur(t, dir); deliver(t, dir, "cur/2.b", "cur/2.b\n") },
	} {
		t.Run(name, func(t *testing.T) {
			dir := newMaildir(t)
			deliver(t, dir, "cur/1.a", "cur/1.a\n")
			deliver(t, dir, "cur/2.b", "cur/2.b\n")
			m := open(t, dir, Options{})
			read(t, m, 1)
			change(t, dir)
			if got := read(t, m, 2); got != "cur/2.b\n" {
				t.Errorf("read %q", got)
			}
		})
	}
}

// replaceCur puts an empty directory in the place of cur, whose files are removed.
func replaceCur(t *testing.T, dir string) {
	t.Helper()
	for _, path := range []string{"cur/1.a", "cur/2.b"} {
		remove(t, dir, path)
	}
	if err := os.Rename(filepath.Join(dir, "cur"), filepath.Join(dir, "old")); err != nil {
		t.Fatal(err)
	}
	if err := os.Mkdir(filepath.Join(dir, "cur"), 0o700); err != nil {
		t.Fatal(err)
	}
}

// A message whose store is away is not gone, also if its directory was open.
func TestFetchStoreAway(t *testing.T) {
	dir := newMaildir(t, "cur/1.a", "cur/2.b")
	m := open(t, dir, Options{})
	read(t, m, 1)
	remove(t, dir, "cur/1.a", "cur/2.b")
	if err := os.Remove(filepath.Join(dir, "cur")); err != nil {
		t.Fatal(err)
	}
	if _, err := m.Open(t.Context(), 2); err == nil || !strings.Contains(err.Error(), "store is away") {
		t.Errorf("Open() = %v", err)
	}
	if got := openDirs(t, dir); len(got) > 0 {
		t.Errorf("%q are open", got)
	}
}
