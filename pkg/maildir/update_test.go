package maildir

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"testing"

	"golang.org/x/sys/unix"

	"tpops/pkg/pop3"
)

func TestUpdate(t *testing.T) {
	box := []string{"new/1.a", "new/2.b", "cur/3.c:2,", "cur/4.d:2,FT", "cur/5.e", "cur/6.f:2,S"}
	tests := []struct {
		name          string
		deleted, seen []int
		want          []string
	}{
		{"nothing", nil, nil, box},
		{"deleted", []int{1, 3, 6}, nil, []string{"new/2.b", "cur/4.d:2,FT", "cur/5.e"}},
		{"all deleted", []int{1, 2, 3, 4, 5, 6}, nil, nil},
		{"seen", nil, []int{1, 3, 4, 5, 6}, []string{"cur/1.a:2,S", "new/2.b", "cur/3.c:2,S", "cur/4.d:2,FST", "cur/5.e:2,S", "cur/6.f:2,S"}},
		{"seen and deleted", []int{2, 4}, []int{2, 3, 4}, []string{"new/1.a", "cur/3.c:2,S", "cur/5.e", "cur/6.f:2,S"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			dir := newMaildir(t, box...)
			m := open(t, dir, Options{Lock: true})
			update(t, m, mark(tt.deleted, tt.seen))
			_ = m.Close()
			wantFiles(t, dir, tt.want...)
		})
	}
}

// A session that ends without Update changes nothing.
func TestNoUpdate(t *testing.T) {
	dir := newMaildir(t, "new/1.a", "cur/2.b:2,")
	m := open(t, dir, Options{Lock: true})
	read(t, m, 1)
	_ = m.Close()
	wantFiles(t, dir, "new/1.a", "cur/2.b:2,")
}

func TestUpdateRenamed(t *testing.T) {
	dir := newMaildir(t, "new/1.a", "cur/2.b:2,", "cur/3.c:2,", "new/4.d", "cur/5.e:2,")
	m := open(t, dir, Options{})
	rename(t, dir, "new/1.a", "cur/1.a:2,S")
	rename(t, dir, "cur/2.b:2,", "cur/2.b:2,R")
	remove(t, dir, "cur/3.c:2,")
	rename(t, dir, "new/4.d", "cur/4.d:2,F")
	rename(t, dir, "cur/5.e:2,", "cur/5.e:2,T")
	update(t, m, mark([]int{1, 2, 3}, []int{4, 5}))
	wantFiles(t, dir, "cur/4.d:2,FS", "cur/5.e:2,ST")
}

// All that can be removed is, and the others are told.
func TestUpdateKeeps(t *testing.T) {
	dir := newMaildir(t, "new/1.a", "cur/2.b:2,", "new/3.c", "cur/4.d:2,")
	m := openAs(t, someUser(t, dir), dir, Options{})
	restrict(t, filepath.Join(dir, "new"), 0o500)
	wantKept(t, m, mark([]int{1, 2, 3}, []int{4}), unix.EACCES, 1, 3)
	wantFiles(t, dir, "new/1.a", "new/3.c", "cur/4.d:2,S")
}

// If the directory cannot even be reached nothing is taken for removed.
func TestUpdateUnreachable(t *testing.T) {
	dir := newMaildir(t, "new/1.a", "cur/2.b:2,")
	m := openAs(t, someUser(t, dir), dir, Options{})
	restrict(t, dir, 0)
	wantKept(t, m, mark([]int{1, 2}, nil), unix.EACCES, 1, 2)
	if err := os.Chmod(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	wantFiles(t, dir, "new/1.a", "cur/2.b:2,")
}

// What is removed already is no trouble.
func TestUpdateGone(t *testing.T) {
	dir := newMaildir(t, "new/1.a", "cur/2.b:2,")
	m := open(t, dir, Options{})
	remove(t, dir, "new/1.a", "cur/2.b:2,")
	update(t, m, mark([]int{1, 2}, nil))
}

// A directory that took the place of a message is not removed with all in it.
func TestUpdateDirectory(t *testing.T) {
	dir := newMaildir(t, "cur/1.a", "cur/2.b")
	m := open(t, dir, Options{})
	remove(t, dir, "cur/1.a")
	if err := os.MkdirAll(filepath.Join(dir, "cur/1.a/sub"), 0o755); err != nil {
		t.Fatal(err)
	}
	wantKept(t, m, mark([]int{1, 2}, nil), unix.EISDIR, 1)
	wantFiles(t, dir, "cur/1.a")
}

// A link that took the place of a message goes, and not what it points to.
func TestUpdateLink(t *testing.T) {
	dir := newMaildir(t, "cur/1.a")
	m := open(t, dir, Options{})
	remove(t, dir, "cur/1.a")
	deliver(t, dir, "target", "")
	if err := os.Symlink("../target", filepath.Join(dir, "cur/1.a")); err != nil {
		t.Fatal(err)
	}
	update(t, m, mark([]int{1}, nil))
	if _, err := os.Stat(filepath.Join(dir, "target")); err != nil {
		t.Error(err)
	}
}

// The end of the context does not stop what was begun.
func TestUpdateCancelled(t *testing.T) {
	dir := newMaildir(t, "new/1.a", "cur/2.b:2,", "new/3.c")
	m := open(t, dir, Options{})
	rename(t, dir, "new/3.c", "cur/3.c:2,")
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := m.Update(ctx, mark([]int{1, 2, 3}, nil)); err != nil {
		t.Error(err)
	}
	wantFiles(t, dir)
}

// Two sessions without a lock do not get into each other's way.
func TestUpdateTwoSessions(t *testing.T) {
	dir := newMaildir(t, "new/1.a", "new/2.b", "new/3.c")
	one, two := open(t, dir, Options{}), open(t, dir, Options{})
	update(t, one, mark([]int{1}, []int{2, 3}))
	if got := read(t, two, 3); got != "" {
		t.Errorf("message 3: %q", got)
	}
	wantNone(t, two, 1)
	update(t, two, mark([]int{1, 2}, []int{3}))
	wantFiles(t, dir, "cur/3.c:2,S")
}

// Nor do many at once, which all remove the same.
func TestUpdateConcurrent(t *testing.T) {
	dir := newMaildir(t)
	for i := range 200 {
		deliver(t, dir, fmt.Sprintf("new/%d.a", i+1), "text\n")
	}
	var wait sync.WaitGroup
	for range 4 {
		m := open(t, dir, Options{})
		wait.Go(func() {
			marks := &pop3.Marks{}
			for n := 1; n <= m.Listing().Len(); n++ {
				r, err := m.Open(t.Context(), n)
				if err != nil && !errors.Is(err, pop3.ErrNoMessage) {
					t.Error(err)
				}
				if err == nil {
					_ = r.Close()
				}
				if marks.See(n); n > 10 {
					marks.Delete(n)
				}
			}
			if err := m.Update(t.Context(), marks); err != nil {
				t.Error(err)
			}
		})
	}
	wait.Wait()
	if left := uidls(open(t, dir, Options{})); len(left) != 10 || left[9] != "10.a" {
		t.Errorf("left: %q", left)
	}
}
