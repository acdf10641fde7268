package maildir

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"tpops/pkg/pop3"
)

// unwatched is a scanner on a file system that other machines change too,
// which reads in small pieces and does something before each of them.
func unwatched(t *testing.T, dir string, step func()) *scanner {
	t.Helper()
	s := scannerOf(t, dir)
	s.local, s.buf = false, make([]byte, 512)
	s.ctx = pacer{t.Context(), step}
	return s
}

// Where no watch is possible, nothing is listed until the directories rest; the
// times of their server need not be ours.
func TestUnwatched(t *testing.T) {
	s := newStorm(t, 100)
	synctest.Test(t, func(t *testing.T) {
		began := time.Now()
		var last time.Duration
		got, err := unwatched(t, s.dir, func() {
			if time.Since(began) < 3*time.Second {
				s.flag(rand.IntN(len(s.names)))
				last = time.Since(began)
			}
		}).table()
		if err != nil {
			t.Fatal(err)
		}
		s.want(t, got)
		if waited := time.Since(began); waited < last+ticks || waited > patience {
			t.Errorf("listed after %v, the last change was after %v", waited, last)
		}
	})
}

// What never rests is an error, and no permanent one.
func TestNeverRests(t *testing.T) {
	s := newStorm(t, 100)
	synctest.Test(t, func(t *testing.T) {
		began := time.Now()
		got, err := unwatched(t, s.dir, func() { s.flag(1) }).table()
		if !errors.Is(err, errUnsettled) || errors.Is(err, pop3.ErrPermanent) {
			t.Errorf("%v, %v", got, err)
		}
		if waited := time.Since(began); waited < patience || waited > patience+time.Second {
			t.Errorf("gave up after %v", waited)
		}
	})
}

// want checks that a table has all messages that stayed, once each.
func (s *storm) want(t *testing.T, got *table) {
	t.Helper()
	var found []string
	for _, f := range got.files {
		found = append(found, got.unique(f))
	}
	want := slices.Sorted(slices.Values(s.uniques))
	if slices.Sort(found); !slices.Equal(found, want) {
		t.Errorf("%d messages, want %d", len(found), len(want))
	}
}

// A watch that loses events proves nothing; the reading is repeated.
func TestWatchOverflow(t *testing.T) {
	s := newStorm(t, 100)
	scanner := scannerOf(t, s.dir)
	bursts := 0
	scanner.ctx = pacer{t.Context(), func() {
		if bursts++; bursts > 2 { // Only the first reading, of two directories.
			return
		}
		for range 9000 { // 2 events each; the queue holds 16,384
			s.flag(1)
		}
	}}
	got, err := scanner.table()
	if err != nil {
		t.Fatal(err)
	}
	s.want(t, got)
	if bursts < 4 {
		t.Errorf("read in %d pieces only: no reading was repeated", bursts)
	}
}

// Events say what is there in the end, in whatever order readings have seen
// it.
func TestWatch(t *testing.T) {
	dir := newMaildir(t, "new/1.a", "cur/2.b:2,", "cur/3.c:2,")
	scanner := scannerOf(t, dir)
	subs, _, err := scanner.openSubs()
	if err != nil {
		t.Fatal(err)
	}
	defer subs.close()
	w, err := newWatch(subs, nil)
	if err != nil {
		t.Fatal(err)
	}
	defer w.close()
	rename(t, dir, "new/1.a", "cur/1.a:2,S")
	if err := scanner.read(subs, reuse{}, w); err != nil {
		t.Fatal(err)
	}
	rename(t, dir, "cur/1.a:2,S", "new/1.a")
	rename(t, dir, "cur/2.b:2,", "cur/2.b:2,F")
	remove(t, dir, "cur/3.c:2,")
	deliver(t, dir, "tmp/4.d", "")
	rename(t, dir, "tmp/4.d", "new/4.d")
	deliver(t, dir, "new/.hidden", "")
	if err := errors.Join(os.Mkdir(filepath.Join(dir, "new/5.directory"), 0o700), os.Symlink("4.d", filepath.Join(dir, "new/6.link"))); err != nil {
		t.Fatal(err)
	}
	if err := scanner.apply(subs, w); err != nil {
		t.Fatal(err)
	}
	got := &table{names: scanner.names.String(), files: scanner.files}
	slices.SortFunc(got.files, got.compare)
	wantNames(t, got, "new/1.a", "cur/2.b:2,F", "new/4.d")
}

// If one of the directories is replaced while it is read, the reading is
// repeated.
func TestReplacedWhileRead(t *testing.T) {
	for at := range 8 {
		t.Run(fmt.Sprint(at), func(t *testing.T) {
			dir := newMaildir(t, "new/1.a", "cur/2.b:2,", "tmp/cur.3.c")
			scanner := scannerOf(t, dir)
			calls := 0
			scanner.ctx = pacer{t.Context(), func() {
				if calls++; calls == at+1 {
					rename(t, dir, "cur", "old")
					if err := os.Mkdir(filepath.Join(dir, "cur"), 0o700); err != nil {
						t.Error(err)
					}
					rename(t, dir, "tmp/cur.3.c", "cur/3.c")
				}
			}}
			got, err := scanner.table()
			if err != nil {
				t.Fatal(err)
			}
			if calls > at {
				wantNames(t, got, "new/1.a", "cur/3.c")
			} else {
				wantNames(t, got, "new/1.a", "cur/2.b:2,")
			}
		})
	}
}

// A session finds messages that are renamed without a pause, and removes them.
func TestStormSession(t *testing.T) {
	s := newStorm(t, 300)
	m := open(t, s.dir, Options{})
	calls := 0
	ctx := pacer{t.Context(), func() {
		if calls++; calls < 4000 {
			s.flag(rand.IntN(len(s.names)))
		}
	}}
	for n := 1; n <= 20; n++ {
		text, err := m.Open(ctx, n)
		if err != nil {
			t.Fatal(err)
		}
		_ = text.Close()
	}
	marks := &pop3.Marks{}
	for n := 1; n <= len(s.names); n += 2 {
		marks.Delete(n)
	}
	ctx.step = func() { // Not those that may be gone.
		if calls++; calls < 8000 {
			s.flag(rand.IntN(len(s.names)/2)*2 + 1)
		}
	}
	r := &removal{snap: m.snap, view: m.view}
	if err := r.remove(ctx, marks); err != nil || r.result(marks) != nil {
		t.Errorf("%v, %v", err, r.result(marks))
	}
	if left := files(t, s.dir); len(left) != len(s.names)/2 {
		t.Errorf("%d messages are left, want %d", len(left), len(s.names)/2)
	}
}
