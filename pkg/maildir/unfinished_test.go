package maildir

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"tpops/pkg/pop3"
)

// A message counts by session and by its unique name, for a week from the first session on.
func TestUnfinished(t *testing.T) {
	dir := newMaildir(t, "cur/1.a:2,S", "cur/2.b:2,", "new/3.c")
	want := func(later time.Duration, again pop3.Again, retrieved ...int) {
		t.Helper()
		m := open(t, dir, Options{clock: func() time.Time { return time.Now().Add(later) }})
		defer m.Close()
		if got := m.Unfinished(slices.Values(retrieved), 3); got != again {
			t.Errorf("%v: %+v, want %+v", retrieved, got, again)
		}
	}
	want(0, pop3.Again{}) // Nothing was retrieved, and no file is made.
	wantFiles(t, dir, "cur/1.a:2,S", "cur/2.b:2,", "new/3.c")
	if _, err := os.Lstat(filepath.Join(dir, unfinishedName)); err == nil {
		t.Error("file without a message")
	}
	want(0, pop3.Again{Sessions: 1}, 1, 2)
	want(0, pop3.Again{Sessions: 2}, 2)
	rename(t, dir, "cur/2.b:2,", "cur/2.b:2,FS")
	want(time.Hour, pop3.Again{Sessions: 3, Messages: 1, First: 2, New: true}, 1, 2, 3)
	want(2*time.Hour, pop3.Again{Sessions: 4, Messages: 2, First: 1, New: true}, 1, 2, 3)
	want(3*time.Hour, pop3.Again{Sessions: 5, Messages: 2, First: 1}, 1, 2)
	want(8*24*time.Hour, pop3.Again{Sessions: 1}, 1, 2)
}

// The owner may put anything in the place of the file, and it is bounded.
func TestUnfinishedHostile(t *testing.T) {
	dir := newMaildir(t, "cur/1.a:2,S")
	path := filepath.Join(dir, unfinishedName)
	outside := filepath.Join(t.TempDir(), "outside")
	if err := os.WriteFile(outside, []byte("mine"), 0o600); err != nil {
		t.Fatal(err)
	}
	for name, plant := range map[string]func() error{
		"junk": func() error {
			return os.WriteFile(path, []byte("junk\n-1 -1 zz\n"+strings.Repeat("1 1 1\n", 100000)), 0o600)
		},
		"no line":                 func() error { return os.WriteFile(path, make([]byte, 1<<20), 0o600) },
		"FIFO":                    func() error { return unix.Mkfifo(path, 0o600) },
		"symlink":                 func() error { return os.Symlink(outside, path) },
		"symlink of the new file": func() error { return os.Symlink(outside, path+".new") },
	} {
		t.Run(name, func(t *testing.T) {
			for _, n := range []string{path, path + ".new"} {
				if err := os.RemoveAll(n); err != nil {
					t.Fatal(err)
				}
			}
			if err := plant(); err != nil {
				t.Fatal(err)
			}
			m := open(t, dir, Options{})
			defer m.Close()
			if got := m.Unfinished(slices.Values([]int{1}), 3); got.Sessions != 1 {
				t.Errorf("%+v", got)
			}
		})
	}
	if text, err := os.ReadFile(outside); err != nil || string(text) != "mine" {
		t.Errorf("%q, %v", text, err)
	}
}

// Of many messages the first are counted, and the file holds no more.
func TestUnfinishedBound(t *testing.T) {
	var names []string
	all := make([]int, 3*maxUnfinished)
	for n := range all {
		all[n] = n + 1
		names = append(names, fmt.Sprintf("cur/%d.a:2,S", 1000+n))
	}
	dir := newMaildir(t, names...)
	for n := range 3 {
		m := open(t, dir, Options{})
		got := m.Unfinished(slices.Values(all), 3)
		_ = m.Close()
		want := pop3.Again{Sessions: n + 1}
		if n == 2 {
			want = pop3.Again{Sessions: 3, Messages: maxUnfinished, First: 1, New: true}
		}
		if got != want {
			t.Errorf("%+v, want %+v", got, want)
		}
	}
	if info, err := os.Stat(filepath.Join(dir, unfinishedName)); err != nil || info.Size() > maxUnfinished*maxCountLine {
		t.Errorf("%v, %v", info, err)
	}
}
