package maildir

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

func TestBrokeOff(t *testing.T) {
	dir := newMaildir(t, "cur/1.a:2,S", "cur/2.b:2,")
	want := func(later time.Duration, n, count int) {
		t.Helper()
		m := open(t, dir, Options{clock: func() time.Time { return time.Now().Add(later) }})
		if got, file := m.BrokeOff(n); got != count || count > 0 && !strings.HasPrefix(file, m.Listing().Message(n).UIDL+":") {
			t.Errorf("message %d: %d, %q", n, got, file)
		}
		_ = m.Close()
	}
	want(0, 1, 1)
	want(0, 2, 1)
	rename(t, dir, "cur/1.a:2,S", "cur/1.a:2,FS")
	want(time.Hour, 1, 2)
	want(2*time.Hour, 1, 3)
	want(8*24*time.Hour, 1, 1)
	path := filepath.Join(dir, brokenName)
	if err := os.WriteFile(path, []byte("junk\n-1 -1 zz\n"+strings.Repeat("1 1 1\n", 10000)), 0o600); err != nil {
		t.Fatal(err)
	}
	want(0, 1, 1)
	remove(t, dir, brokenName)
	if err := unix.Mkfifo(path, 0o600); err != nil {
		t.Fatal(err)
	}
	want(0, 1, 1)
	for range 2 * maxBroken {
		want(0, 2, 0+countOf(t, dir, 2))
	}
	wantFiles(t, dir, "cur/1.a:2,FS", "cur/2.b:2,")
}

// countOf returns the next count of message n.
func countOf(t *testing.T, dir string, n int) int {
	t.Helper()
	m := open(t, dir, Options{})
	defer m.Close()
	fd, err := openDir(unix.AT_FDCWD, dir, unix.O_RDONLY)
	if err != nil {
		t.Fatal(err)
	}
	defer unix.Close(fd)
	for _, b := range (&messageCounts{brokenName, maxBroken}).read(fd) {
		if b.name == hashOf(m.snap.unique(m.snap.files[m.snap.index(n)])) {
			return b.count + 1
		}
	}
	return 1
}

// The file is bounded.
func TestMessageCounts(t *testing.T) {
	var all []messageCount
	c, now := &messageCounts{brokenName, maxBroken}, time.Now()
	for name := range uint64(3 * maxBroken) {
		all, _ = c.add(all, []uint64{name}, now)
	}
	if len(all) != maxBroken || all[len(all)-1].name != 3*maxBroken-1 {
		t.Errorf("%d lines, %+v", len(all), all[len(all)-1])
	}
}
