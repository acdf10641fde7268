package maildir

import (
	"fmt"
	"testing"
)

// One of the files of a message is found however many there are, and one of many without
// going through them.
func TestIsOneOf(t *testing.T) {
	if isOneOf(nil) != nil {
		t.Error("files that are not known are asked for")
	}
	for _, count := range []uint64{1, manyFiles, manyFiles + 1, 1000} {
		var ids []identity
		for ino := range count {
			ids = append(ids, identity{ino: ino, sum: digest{1}})
		}
		is := isOneOf(ids)
		for ino := range 2 * count {
			if got := is(identity{ino: ino}); got != (ino < count) {
				t.Fatalf("%d of %d: %v", ino, count, got)
			}
		}
		clear(ids[1:])
		if got := is(identity{ino: count - 1}); got != (count == 1 || count > manyFiles) {
			t.Errorf("%d files: the last one is looked for in all: %v", count, !got)
		}
	}
}

// A removed file of a message is found however many there are, and one of many without going
// through them.
func TestRemovedAt(t *testing.T) {
	const count = 100
	r := &removal{removed: map[int][]removedFile{}}
	for ino := range uint64(count) {
		for i := range 2 {
			for range 2 { // Two names count once.
				r.count(i, removedFile{identity: identity{dev: uint64(i), ino: ino}}, 1)
			}
			for other := range uint64(count) {
				want := -1
				if other <= ino {
					want = int(other)
				}
				if got := r.removedAt(i, identity{dev: uint64(i), ino: other, sum: digest{1}}); got != want {
					t.Fatalf("message %d, file %d of %d at %d", i, other, ino+1, got)
				}
			}
		}
	}
	clear(r.removed[0])
	if !r.isRemoved(0, identity{ino: count - 1}) || r.isRemoved(0, identity{dev: 1}) {
		t.Error("all files were gone through")
	}
}

// A message with many files goes with all of them, and with those names that came later.
func TestRemoveManyFiles(t *testing.T) {
	const count = 3 * manyFiles
	dir := newMaildir(t)
	for k := range count {
		name := fmt.Sprintf("cur/1.a:2,%d", k)
		deliver(t, dir, name, "text")
		if k%2 == 0 {
			link(t, dir, name, fmt.Sprintf("new/1.a:2,%d", k))
		}
	}
	m := open(t, dir, Options{})
	r := &removal{snap: m.snap, view: m.view}
	if err := r.remove(t.Context(), mark([]int{1}, nil)); err != nil {
		t.Fatal(err)
	}
	if len(r.removed[0]) != count || len(r.many) != count {
		t.Errorf("%d files, %d in the map, want %d", len(r.removed[0]), len(r.many), count)
	}
	wantFiles(t, dir)
}
