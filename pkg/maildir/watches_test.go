package maildir

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"golang.org/x/sys/unix"
)

// watchedWith watches the directories of a Maildir with an instance of from.
func watchedWith(t *testing.T, dir string, from *Watches) (*scanner, subdirs, *watch) {
	t.Helper()
	s := scannerOf(t, dir)
	subs, _, err := s.openSubs()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(subs.close)
	w, err := newWatch(subs, from)
	if err != nil {
		t.Fatal(err)
	}
	if err := s.read(subs, reuse{}, w); err != nil {
		t.Fatal(err)
	}
	return s, subs, w
}

// wantApplied checks what a reading comes to with the events of its watch.
func wantApplied(t *testing.T, s *scanner, subs subdirs, w *watch, want ...string) {
	t.Helper()
	if err := s.apply(subs, w); err != nil {
		t.Fatal(err)
	}
	got := &table{names: s.names.String(), files: s.files}
	slices.SortFunc(got.files, got.compare)
	wantNames(t, got, want...)
}

// An instance that was used for one mailbox reports only what happens in the next one.
func TestWatchesUsedAgain(t *testing.T) {
	from := keepingWatches(t)
	first := newMaildir(t, "cur/1.a:2,")
	second := newMaildir(t, "cur/2.b:2,")
	s, subs, w := watchedWith(t, first, from)
	rename(t, first, "cur/1.a:2,", "cur/1.a:2,S")
	wantApplied(t, s, subs, w, "cur/1.a:2,S")
	used := w.fd
	// It is reported, and read by no one.
	rename(t, first, "cur/1.a:2,S", "cur/3.c:2,")
	w.close()
	deliver(t, first, "cur/4.d:2,", "")

	s, subs, w = watchedWith(t, second, from)
	defer w.close()
	if w.fd != used {
		t.Errorf("another instance: %d, not %d", w.fd, used)
	}
	rename(t, second, "cur/2.b:2,", "new/2.b")
	deliver(t, first, "new/5.e", "")
	wantApplied(t, s, subs, w, "new/2.b")
}

// A watch on a directory that is gone is removed by the kernel.
func TestWatchesDirectoryGone(t *testing.T) {
	from := keepingWatches(t)
	dir := newMaildir(t)
	s, subs, w := watchedWith(t, dir, from)
	wantApplied(t, s, subs, w)
	subs.close()
	if err := os.Remove(filepath.Join(dir, "new")); err != nil {
		t.Fatal(err)
	}
	w.close()
	if len(from.idle) != 1 {
		t.Fatalf("%d instances are kept, want 1", len(from.idle))
	}
	s, subs, w = watchedWith(t, newMaildir(t, "cur/1.a"), from)
	defer w.close()
	wantApplied(t, s, subs, w, "cur/1.a")
}

// keepingWatches returns Watches that keep instances until the test ends. No timer closes them.
func keepingWatches(t *testing.T) *Watches {
	from := &Watches{runs: true}
	t.Cleanup(from.closeIdle)
	return from
}

// renameOften renames the message cur/1.a so often, with two events each.
func renameOften(t *testing.T, dir string, often int) {
	t.Helper()
	for n := range often {
		rename(t, dir, fmt.Sprintf("cur/%d.a", n+1), fmt.Sprintf("cur/%d.a", n+2))
	}
}

// An instance is kept only if its queue is empty: the next reading may be that of another user.
func TestWatchesSpoilt(t *testing.T) {
	for name, test := range map[string]struct {
		before, after int // renames before the last look at the queue, and after it
		lost          bool
		kept          int
	}{
		"few events are left":  {0, 100, false, 1},
		"many events are left": {0, 6000, false, 0},
		"lost after the look":  {0, 9000, false, 0}, // The queue holds 16,384.
		"lost before the look": {9000, 0, true, 1},
		"lost, and many left":  {9000, 6000, true, 0},
	} {
		t.Run(name, func(t *testing.T) {
			from := keepingWatches(t)
			dir := newMaildir(t, "cur/1.a")
			s, subs, w := watchedWith(t, dir, from)
			renameOften(t, dir, test.before)
			if err := s.apply(subs, w); errors.Is(err, errUnsettled) != test.lost {
				t.Error(err)
			}
			rename(t, dir, fmt.Sprintf("cur/%d.a", test.before+1), "cur/1.a")
			renameOften(t, dir, test.after)
			w.close()
			if len(from.idle) != test.kept {
				t.Errorf("%d instances are kept, want %d", len(from.idle), test.kept)
			}
			s, subs, w = watchedWith(t, newMaildir(t, "cur/2.b"), from)
			defer w.close()
			wantApplied(t, s, subs, w, "cur/2.b")
		})
	}
}

// Not more than a few instances are kept, and none for long.
func TestWatchesBounded(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		from := &Watches{}
		var all sync.WaitGroup
		begin := make(chan bool)
		for range 2 * mostIdleWatches {
			fd, err := from.take()
			if err != nil {
				t.Fatal(err)
			}
			all.Go(func() { <-begin; from.give(fd) })
		}
		close(begin)
		all.Wait()
		kept := slices.Clone(from.idle)
		if len(kept) != mostIdleWatches {
			t.Errorf("%d instances are kept, want %d", len(kept), mostIdleWatches)
		}
		for range kept {
			if _, found := from.takeIdle(); !found {
				t.Error("an instance is missing")
			}
		}
		for _, fd := range kept {
			from.give(fd)
		}
		time.Sleep(idleWatchTime)
		synctest.Wait()
		if len(from.idle) != 0 {
			t.Errorf("%d instances are kept for ever", len(from.idle))
		}
		for _, fd := range kept {
			if _, err := unix.FcntlInt(uintptr(fd), unix.F_GETFD, 0); err == nil {
				t.Errorf("instance %d was not closed", fd)
			}
		}
	})
}

// A reading with a watch allocates neither of its buffers.
func TestScanAllocations(t *testing.T) {
	s := scannerOf(t, newMaildir(t, "cur/1.a", "new/2.b"))
	s.watches = &Watches{}
	defer s.watches.closeIdle()
	const rounds = 100
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	for range rounds {
		if _, err := s.attempt(true); err != nil {
			t.Fatal(err)
		}
	}
	runtime.ReadMemStats(&after)
	// The race detector empties a pool now and then.
	if octets := (after.TotalAlloc - before.TotalAlloc) / rounds; octets > readOctets {
		t.Errorf("%d octets for a reading", octets)
	}
}
