package system

import (
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"tpops/pkg/files"
)

func TestUserFile(t *testing.T) {
	name := filepath.Join(t.TempDir(), "users")
	parsed := 0
	now := time.Now
	f := userFile[string]{path: name, now: func() time.Time { return now() }, parse: func(text string) string {
		parsed++
		return text
	}}
	get := func(want string, wantParsed int) {
		t.Helper()
		if got, err := f.get(); got != want || err != nil || parsed != wantParsed {
			t.Fatalf("%q, %v, parsed %d times, want %q, %d times", got, err, parsed, want, wantParsed)
		}
	}
	write(t, name, "one")
	get("one", 1)
	get("one", 2) // changed just now, so it may have changed again

	now = func() time.Time { return time.Now().Add(time.Hour) }
	get("one", 3)
	get("one", 3)

	// With the same length and modification time, only the change time differs.
	info, err := os.Stat(name)
	if err != nil {
		t.Fatal(err)
	}
	waitForTick(t, filepath.Join(t.TempDir(), "tick"), info)
	write(t, name, "two")
	if err := os.Chtimes(name, info.ModTime(), info.ModTime()); err != nil {
		t.Fatal(err)
	}
	get("two", 4)
	get("two", 4)

	// Replaced by a rename.
	write(t, name+".new", "six")
	if err := os.Rename(name+".new", name); err != nil {
		t.Fatal(err)
	}
	get("six", 5)
}

// waitForTick returns when the file system's clock has advanced since info.
func waitForTick(t *testing.T, name string, info os.FileInfo) {
	t.Helper()
	for {
		write(t, name, "")
		now, err := os.Stat(name)
		if err != nil {
			t.Fatal(err)
		}
		if files.StampOf(now).Change > files.StampOf(info).Change {
			return
		}
	}
}

func TestUserFileRefuses(t *testing.T) {
	dir := t.TempDir()
	fifo := filepath.Join(dir, "fifo")
	if err := syscall.Mkfifo(fifo, 0o600); err != nil {
		t.Fatal(err)
	}
	huge := filepath.Join(dir, "huge")
	write(t, huge, "")
	if err := os.Truncate(huge, maxUserFile+1); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{fifo, dir, huge, filepath.Join(dir, "absent")} {
		f := userFile[string]{path: name, now: time.Now, parse: strings.Clone}
		if text, err := f.get(); err == nil || !strings.Contains(err.Error(), name) {
			t.Errorf("%s: %q, %v", name, text, err)
		}
	}
}
