package files

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"testing"
	"time"
)

// Each way to change or replace a file changes its Stamp.
func TestStamp(t *testing.T) {
	name := filepath.Join(t.TempDir(), "file")
	write := func(name, text string) {
		t.Helper()
		if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	stamp := func() Stamp {
		t.Helper()
		s, err := StampPath(name)
		if err != nil {
			t.Fatal(err)
		}
		return s
	}
	write(name, "one")
	before := stamp()
	if before != stamp() || before == (Stamp{}) || before.Size != 3 {
		t.Errorf("%+v, then %+v", before, stamp())
	}
	for what, change := range map[string]func(){
		"length":            func() { write(name, "longer") },
		"modification time": func() { _ = os.Chtimes(name, time.Time{}, time.Now().Add(time.Hour)) },
		"another file":      func() { write(name+".new", "longer"); _ = os.Rename(name+".new", name) },
		"symbolic link":     func() { write(name+".to", "longer"); _ = os.Remove(name); _ = os.Symlink(name+".to", name) },
	} {
		before := stamp()
		if change(); before == stamp() {
			t.Errorf("%s: the stamp has not changed", what)
		}
	}
	if s, err := StampPath(name + "x"); s != (Stamp{}) || !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("no file: %+v, %v", s, err)
	}
}
