package maildir

import (
	"os"
	"path/filepath"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// A state is the same whichever system call it comes from: statx(2) for a name
// and for an open directory, on a local file system and on another, or fstat(2).
func TestStateSources(t *testing.T) {
	dir := newMaildir(t, "new/1.a")
	then := time.Date(1969, 7, 20, 20, 17, 40, 123456789, time.UTC) // Seconds are negative.
	if err := os.Chtimes(filepath.Join(dir, "new"), then, then); err != nil {
		t.Fatal(err)
	}
	var stat unix.Stat_t
	if err := unix.Stat(filepath.Join(dir, "new"), &stat); err != nil {
		t.Fatal(err)
	}
	want := stateOf(stat)
	at, err := openDir(unix.AT_FDCWD, dir, unix.O_RDONLY)
	if err != nil {
		t.Fatal(err)
	}
	defer unix.Close(at)
	subs, err := openSubdirs(at, unix.O_RDONLY)
	if err != nil {
		t.Fatal(err)
	}
	defer subs.close()
	for _, local := range []bool{true, false} {
		named, err := dirStates(at, time.Now(), local)
		if err != nil || !named[inNew].same(want) || !named[inNew].mtime.time().Equal(then) {
			t.Errorf("local %v: %+v, %v; want %+v", local, named[inNew], err, want)
		}
		open, err := openStates(subs, time.Now(), local)
		if err != nil || !open[inNew].same(want) {
			t.Errorf("local %v: %+v, %v; want %+v", local, open[inNew], err, want)
		}
	}
}
