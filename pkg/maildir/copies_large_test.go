package maildir

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// twoFiles makes two files with one unique name. They are messages, and
// different ones, if change changes the text of the second.
func twoFiles(t *testing.T, text []byte, change func([]byte)) string {
	dir := newMaildir(t)
	deliver(t, dir, "cur/1.a,W=9:2,S", string(text))
	other := bytes.Clone(text)
	change(other)
	deliver(t, dir, "new/1.a,W=9", string(other))
	return dir
}

// Large files are compared by their sizes, beginnings and ends at the login.
func TestLargeCopies(t *testing.T) {
	text := bytes.Repeat([]byte("0123456789abcdef"), 8*edge/16)
	end := len(text)
	for name, tt := range map[string]struct {
		at   int // octet that differs
		size int
		want int
	}{
		"same":              {-1, end, 1},
		"first octet":       {0, end, 2},
		"last octet":        {end - 1, end, 2},
		"last of the start": {edge - 1, end, 2},
		"first of the end":  {end - edge, end, 2},
		"middle":            {end / 2, end, 1}, // found when one is deleted
		"small":             {edge, 2 * edge, 2},
		"a bit larger":      {edge, 2*edge + 3, 1},
		"tiny":              {3, 5, 2},
	} {
		t.Run(name, func(t *testing.T) {
			dir := twoFiles(t, text[:tt.size], func(other []byte) {
				if tt.at >= 0 {
					other[tt.at] = '!'
				}
			})
			if got := open(t, dir, Options{}).Listing().Len(); got != tt.want {
				t.Errorf("%d messages, want %d", got, tt.want)
			}
		})
	}
}

// A file is removed as the copy of another only if all of it is the same when
// it is removed.
func TestDifferentCopyKept(t *testing.T) {
	const first, second = "cur/1.a,W=9:2,S", "new/1.a,W=9"
	same := strings.Repeat("0123456789abcdef", 8*edge/16)
	other := same[:len(same)/2] + "!" + same[len(same)/2+1:]
	for name, tt := range map[string]struct{ before, after string }{
		"at the login": {other, ""}, "changed later": {same, other}, "copied later": {"", other},
	} {
		for _, resume := range []bool{false, true} {
			t.Run(fmt.Sprintf("%s, %v", name, resume), func(t *testing.T) {
				dir := newMaildir(t)
				put := func(name, text string) {
					if text != "" {
						deliver(t, dir, name, text)
						setTime(t, dir, name, time.Unix(1_500_000_000, 0))
					}
				}
				put(first, same)
				put(second, tt.before)
				m := open(t, dir, Options{})
				if resume {
					m = resumed(t, m, Options{})
				}
				put(second, tt.after)
				if got := read(t, m, 1); got != same {
					t.Error("not the first text")
				}
				update(t, m, mark([]int{1}, nil))
				wantFiles(t, dir, second)
			})
		}
	}
}

// What QUIT does not compare stays.
func TestSparseCopies(t *testing.T) {
	dir := newMaildir(t, "cur/1.a,W=9:2,S", "new/1.a,W=9", "new/2.b,W=9", "cur/3.c,W=9:2,", "new/3.c,W=9")
	for _, name := range []string{"cur/1.a,W=9:2,S", "new/1.a,W=9", "new/2.b,W=9"} {
		if err := os.Truncate(filepath.Join(dir, name), 1<<40); errors.Is(err, unix.EFBIG) {
			t.Skip(err)
		} else if err != nil {
			t.Fatal(err)
		}
	}
	m := open(t, dir, Options{})
	if m.Listing().Len() != 3 {
		t.Fatalf("%d messages, want 3", m.Listing().Len())
	}
	wantKept(t, m, mark([]int{1, 2, 3}, nil), errTooLarge, 1)
	wantFiles(t, dir, "cur/1.a,W=9:2,S", "new/1.a,W=9")
}

// Names of one file are removed without reading it.
func TestLinksNotRead(t *testing.T) {
	dir := newMaildir(t, "cur/1.a,W=9:2,S")
	if err := os.Truncate(filepath.Join(dir, "cur/1.a,W=9:2,S"), 1<<40); err != nil {
		t.Skip(err)
	}
	link(t, dir, "cur/1.a,W=9:2,S", "new/1.a,W=9")
	update(t, open(t, dir, Options{}), mark([]int{1}, nil))
	wantFiles(t, dir)
}

// A copy that cannot be read is not known to be one, and is left alone.
func TestUnreadableCopy(t *testing.T) {
	needRoot(t)
	text := []byte(strings.Repeat("x", 100))
	dir := twoFiles(t, text, func([]byte) {})
	giveTo(t, alice, dir)
	m := openAs(t, alice, dir, Options{})
	if err := os.Chmod(filepath.Join(dir, "new/1.a,W=9"), 0); err != nil {
		t.Fatal(err)
	}
	wantKept(t, m, mark([]int{1}, nil), unix.EACCES, 1)
	wantFiles(t, dir, "new/1.a,W=9")
}
