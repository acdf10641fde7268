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
	from := &Watches{}
	defer from.closeIdle()
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
	from := &Watches{}
	defer from.closeIdle()
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

// An instance is not kept if events of it were lost, or may be waiting in great number.
func TestWatchesSpoilt(t *testing.T) {
	from := &Watches{}
	dir := newMaildir(t, "cur/1.a")
	s, subs, w := watchedWith(t, dir, from)
	for n := range 9000 { // 2 events each; the queue holds 16,384
		rename(t, dir, fmt.Sprintf("cur/%d.a", n+1), fmt.Sprintf("cur/%d.a", n+2))
	}
	if err := s.apply(subs, w); !errors.Is(err, errUnsettled) {
		t.Error(err)
	}
	w.close()
	if len(from.idle) != 0 {
		t.Error("the instance is kept")
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
