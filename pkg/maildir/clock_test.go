package maildir

import (
	"fmt"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// A change never shows a time before that of the clock when it was made, so a
// directory whose times are older than the clock shows every change from then on.
func TestClock(t *testing.T) {
	dir := newMaildir(t)
	fd, err := openDir(unix.AT_FDCWD, dir, unix.O_RDONLY)
	if err != nil {
		t.Fatal(err)
	}
	defer unix.Close(fd)
	if !isLocal(fd) {
		t.Skip("the file system may have another clock")
	}
	for n := range 200 {
		now := clock(true)
		deliver(t, dir, fmt.Sprintf("new/%d.a", n), "")
		stat, err := statAt(fd, "new")
		if err != nil {
			t.Fatal(err)
		}
		for _, shown := range []time.Time{time.Unix(stat.Ctim.Unix()), time.Unix(stat.Mtim.Unix())} {
			if shown.Before(now) {
				t.Fatalf("change %d was made after %v and shows %v", n, now, shown)
			}
		}
	}
}
