package maildir

import (
	"errors"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// What an owner has put into a batch is not removed. It is reported once, and what is left of
// the batch is gone. A QUIT leaves the report to the operator's tool.
func TestExpireOdd(t *testing.T) {
	for name, put := range map[string]func(batch string) error{
		"directory":       func(batch string) error { return os.Mkdir(filepath.Join(batch, "from-cur", "mine"), 0o700) },
		"both":            func(batch string) error { return os.MkdirAll(filepath.Join(batch, "from-new", "mine"), 0o700) },
		"beside":          func(batch string) error { return os.Mkdir(filepath.Join(batch, "mine"), 0o700) },
		"file in a place": func(batch string) error { return os.WriteFile(filepath.Join(batch, "from-new"), nil, 0o600) },
	} {
		t.Run(name, func(t *testing.T) {
			dir := newMaildir(t, "cur/1.a:2,", "cur/2.b:2,")
			quit(t, dir, "abc", keeping, 1)
			all := filepath.Join(dir, DeletedDir)
			batches, err := os.ReadDir(all)
			if err != nil || len(batches) != 1 {
				t.Fatal(batches, err)
			}
			if err := errors.Join(put(filepath.Join(all, batches[0].Name())), os.Rename(filepath.Join(all, batches[0].Name()), filepath.Join(all, "1000000000.abc"))); err != nil {
				t.Fatal(err)
			}
			quit(t, dir, "def", keeping) // It deletes nothing, so that it only expires.
			files, err := ExpireDeleted(t.Context(), nil, dir, nil, time.Now().Add(-time.Hour))
			if err == nil || strings.Count(err.Error(), "odd.1000000000.abc") != 1 || strings.Count(err.Error(), dir) != 1 {
				t.Errorf("%d files, %v", files, err)
			}
			left, _ := os.ReadDir(filepath.Join(all, "odd.1000000000.abc", "from-cur"))
			for _, entry := range left {
				if !entry.IsDir() {
					t.Error("left:", entry.Name())
				}
			}
			if files, err := ExpireDeleted(t.Context(), nil, dir, nil, time.Now().Add(-time.Hour)); files != 0 || err != nil {
				t.Errorf("%d files, reported again: %v", files, err)
			}
		})
	}
}

// A batch with something odd keeps its name until all its files are gone, also if they are
// more than are removed at once.
func TestExpireOddRest(t *testing.T) {
	dir := newMaildir(t)
	batch := filepath.Join(dir, DeletedDir, "1000000000.abc")
	err := os.MkdirAll(filepath.Join(batch, "from-cur", "mine"), 0o700)
	for k := range 10 {
		err = errors.Join(err, os.WriteFile(filepath.Join(batch, "from-cur", strconv.Itoa(k)), nil, 0o600))
	}
	if err != nil {
		t.Fatal(err)
	}
	fd, err := unix.Open(dir, unix.O_RDONLY|unix.O_DIRECTORY, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer unix.Close(fd)
	for files := 0; files < 10; {
		old := expiry{until: time.Now(), batches: maxHidden, limit: 4, puts: true}
		some, err := old.run(fd)
		if files += some; some == 0 || files < 10 && !errors.Is(err, errMore) {
			t.Fatalf("%d files: %v", files, err)
		}
	}
	old := expiry{until: time.Now(), batches: maxHidden, limit: 4, puts: true}
	if _, err := old.run(fd); err != nil && !errors.Is(err, errOddBatch) {
		t.Error(err)
	}
	if _, err := os.Stat(filepath.Join(dir, DeletedDir, "odd.1000000000.abc", "from-cur", "mine")); err != nil {
		t.Error(err)
	}
}

// Batches of sessions that are not known, which are made within one second, do not collide.
func TestBatchUnknown(t *testing.T) {
	dir := newMaildir(t, "cur/1.a:2,", "cur/2.b:2,", "cur/3.c:2,")
	for range 3 {
		m := open(t, dir, keeping)
		update(t, m, mark([]int{1}, nil))
		if !m.Kept(1) {
			t.Error("not kept")
		}
		_ = m.Close()
	}
	list, err := Deleted(t.Context(), nil, dir, nil)
	if err != nil || len(list) != 3 {
		t.Fatal(list, err)
	}
	for _, d := range list {
		if d.Session != unknownSession {
			t.Errorf("session %q", d.Session)
		}
	}
	undo(t, dir, keeping, 3)
}
