package maildir

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/sys/unix"
)

// The flag is never set over another message.
func TestSeenNoOverwrite(t *testing.T) {
	dir := newMaildir(t)
	deliver(t, dir, "new/1.a", "first")
	deliver(t, dir, "cur/2.b:2,", "second")
	log, text := logger()
	m := open(t, dir, Options{Log: log})
	deliver(t, dir, "cur/1.a:2,S", "other 1")
	deliver(t, dir, "cur/2.b:2,S", "other 2")
	update(t, m, mark(nil, []int{1, 2}))
	wantFiles(t, dir, "new/1.a", "cur/1.a:2,S", "cur/2.b:2,", "cur/2.b:2,S")
	for name, want := range map[string]string{"cur/1.a:2,S": "other 1", "cur/2.b:2,S": "other 2"} {
		if got, err := os.ReadFile(filepath.Join(dir, name)); string(got) != want {
			t.Errorf("%s: %q, %v", name, got, err)
		}
	}
	if strings.Count(text.String(), "seen") != 2 {
		t.Errorf("log: %q", text)
	}
}

// Flags that cannot be set are logged, and the client is told nothing.
func TestSeenImpossible(t *testing.T) {
	long := "cur/" + strings.Repeat("x", 255) // no room for :2,S
	dir := newMaildir(t, long, "cur/1.a:1,experiment", "new/2.b", "cur/3.c")
	log, text := logger()
	m := open(t, dir, Options{Log: log})
	update(t, m, mark(nil, []int{1, 2, 3, 4}))
	wantFiles(t, dir, long, "cur/1.a:1,experiment", "cur/2.b:2,S", "cur/3.c:2,S")
	if got := strings.Count(text.String(), "not set"); got != 2 {
		t.Errorf("log: %q", text)
	}

	dir = newMaildir(t, "new/1.a")
	m = open(t, dir, Options{})
	remove(t, dir, "cur")
	update(t, m, mark(nil, []int{1}))
	wantFiles(t, dir, "new/1.a")
}

// Where the file system cannot rename without overwriting, link and unlink do
// the same.
func TestRelink(t *testing.T) {
	dir := newMaildir(t)
	deliver(t, dir, "new/1.a", "first")
	deliver(t, dir, "cur/2.b", "second")
	fd, err := openDir(unix.AT_FDCWD, dir, unix.O_PATH)
	if err != nil {
		t.Fatal(err)
	}
	defer unix.Close(fd)
	subs, err := openSubdirs(fd, unix.O_PATH)
	if err != nil {
		t.Fatal(err)
	}
	defer subs.close()
	first := place{&subs, inNew, "1.a"}
	if err := first.relink(subs[inCur], "2.b"); !errors.Is(err, unix.EEXIST) {
		t.Errorf("over another: %v, want EEXIST", err)
	}
	wantFiles(t, dir, "new/1.a", "cur/2.b")
	if err := first.relink(subs[inCur], "1.a:2,S"); err != nil {
		t.Error(err)
	}
	wantFiles(t, dir, "cur/1.a:2,S", "cur/2.b")
	if err := first.relink(subs[inCur], "1.a:2,FS"); !errors.Is(err, unix.ENOENT) {
		t.Errorf("gone: %v, want ENOENT", err)
	}
}

// LAST comes from the flag S, wherever the message is, and ends at the first
// message without it.
func TestLast(t *testing.T) {
	dir := newMaildir(t, "cur/1.a:2,S", "cur/2.b:2,FRS", "cur/3.c:2,F", "cur/4.d:1,S", "new/5.eS")
	if got := open(t, dir, Options{}).Listing().Last(); got != 2 {
		t.Errorf("last %d, want 2", got)
	}
	rename(t, dir, "new/5.eS", "new/5.eS:2,S")
	if got := open(t, dir, Options{}).Listing().Last(); got != 2 {
		t.Errorf("last %d, want 2: webmail has read the fifth, and nobody the third", got)
	}
	rename(t, dir, "cur/3.c:2,F", "cur/3.c:2,FS")
	rename(t, dir, "cur/4.d:1,S", "cur/4.d:2,S")
	if got := open(t, dir, Options{}).Listing().Last(); got != 5 {
		t.Errorf("last %d, want 5", got)
	}
}
