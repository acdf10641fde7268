package maildir

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"golang.org/x/sys/unix"
)

// watched is a Maildir that was read with a watch on it, before any change.
func watched(t *testing.T, dir string) (*scanner, subdirs, *watch) {
	t.Helper()
	s := scannerOf(t, dir)
	subs, _, err := s.openSubs()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(subs.close)
	w, err := newWatch(subs, nil)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(w.close)
	if err := s.read(subs, reuse{}, w); err != nil {
		t.Fatal(err)
	}
	return s, subs, w
}

// cutEvents takes the first events that have come, count of them, as if the
// others were not queued yet, and reports whether there were more.
func cutEvents(t *testing.T, w *watch, count int) (more bool) {
	t.Helper()
	n, err := unix.Read(w.fd, w.buf[:])
	if err != nil {
		t.Fatal(err)
	}
	end := 0
	for range count {
		if end == n {
			t.Fatalf("fewer than %d events", count)
		}
		end += unix.SizeofInotifyEvent + int(w.buf[end+12])
	}
	if err := w.take(w.buf[:end]); err != nil {
		t.Fatal(err)
	}
	return end < n
}

// A rename is two events. Whatever part of them is in the queue when a reading
// ends, the message is found once.
func TestWatchHalfRename(t *testing.T) {
	tests := []struct {
		name  string
		do    [][2]string
		found []string // after no event, one event, and so on
	}{
		{"flags", [][2]string{{"cur/1.a:2,", "cur/1.a:2,S"}}, []string{"cur/1.a:2,", "cur/1.a:2,", "cur/1.a:2,S"}},
		{"to cur", [][2]string{{"new/2.b", "cur/2.b:2,"}}, []string{"new/2.b", "new/2.b", "cur/2.b:2,"}},
		{"to new", [][2]string{{"cur/1.a:2,", "new/1.a"}}, []string{"cur/1.a:2,", "cur/1.a:2,", "new/1.a"}},
		{"there and back", [][2]string{{"new/2.b", "cur/2.b"}, {"cur/2.b", "new/2.b"}},
			[]string{"new/2.b", "new/2.b", "cur/2.b", "cur/2.b", "new/2.b"}},
		{"over another file", [][2]string{{"tmp/1.a", "cur/1.a:2,F"}, {"cur/1.a:2,", "cur/1.a:2,F"}},
			[]string{"cur/1.a:2,", "cur/1.a:2, cur/1.a:2,F", "cur/1.a:2, cur/1.a:2,F", "cur/1.a:2,F"}},
		// A file that leaves has one event. The next one in the directory shows
		// that it has left.
		{"away", [][2]string{{"cur/1.a:2,", "tmp/left"}, {"tmp/1.a", "cur/1.a:2,R"}},
			[]string{"cur/1.a:2,", "cur/1.a:2,", "cur/1.a:2,R"}},
		{"away, hidden file", [][2]string{{"cur/1.a:2,", "tmp/left"}, {"tmp/1.a", "cur/.hidden"}},
			[]string{"cur/1.a:2,", "cur/1.a:2,", ""}},
		{"away, same name", [][2]string{{"cur/1.a:2,", "tmp/left"}, {"tmp/1.a", "cur/1.a:2,"}},
			[]string{"cur/1.a:2,", "cur/1.a:2,", "cur/1.a:2,"}},
		{"away, then to cur", [][2]string{{"cur/1.a:2,", "tmp/left"}, {"new/2.b", "cur/1.a:2,T"}},
			[]string{"cur/1.a:2,", "cur/1.a:2,", "cur/1.a:2,", "cur/1.a:2,T"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			for count, want := range tt.found {
				wantAfter(t, tt.do, count, want, len(tt.found)-1)
			}
		})
	}
}

// wantAfter checks which file of the message that is renamed is found if only
// the first events of all have come.
func wantAfter(t *testing.T, renames [][2]string, count int, want string, all int) {
	t.Helper()
	dir := newMaildir(t, "cur/1.a:2,", "new/2.b", "tmp/1.a", "cur/3.c")
	s, subs, w := watched(t, dir)
	for _, names := range renames {
		rename(t, dir, names[0], names[1])
	}
	if more := cutEvents(t, w, count); more != (count < all) {
		t.Errorf("more than %d events: %v", count, more)
	}
	if err := s.apply(subs, w); err != nil {
		t.Fatal(err)
	}
	unique := "1.a"
	if filepath.Base(renames[0][0]) == "2.b" {
		unique = "2.b"
	}
	got := &table{names: s.names.String(), files: s.files}
	var found []string
	for _, f := range got.files {
		if got.unique(f) == unique {
			found = append(found, subNames[f.sub]+"/"+got.name(f))
		}
	}
	slices.Sort(found)
	if names := strings.Join(found, " "); names != want {
		t.Errorf("after %d events of %d: found %q, want %q", count, all, names, want)
	}
}

// A directory that leaves is no message, not even for a moment.
func TestWatchDirectoryLeaves(t *testing.T) {
	dir := newMaildir(t, "cur/1.a:2,")
	if err := os.Mkdir(filepath.Join(dir, "cur/2.d"), 0o700); err != nil {
		t.Fatal(err)
	}
	s, subs, w := watched(t, dir)
	rename(t, dir, "cur/2.d", "tmp/2.d")
	if err := s.apply(subs, w); err != nil {
		t.Fatal(err)
	}
	got := &table{names: s.names.String(), files: s.files}
	slices.SortFunc(got.files, got.compare)
	wantNames(t, got, "cur/1.a:2,")
}
