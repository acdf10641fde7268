package maildir

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"tpops/pkg/pop3"
)

// files returns the names of all messages that are in new and cur.
func files(t testing.TB, dir string) []string {
	t.Helper()
	names := []string{}
	for _, sub := range subNames {
		entries, err := os.ReadDir(filepath.Join(dir, sub))
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			t.Fatal(err)
		}
		for _, entry := range entries {
			names = append(names, sub+"/"+entry.Name())
		}
	}
	return names
}

func wantFiles(t testing.TB, dir string, want ...string) {
	t.Helper()
	slices.Sort(want)
	got := files(t, dir)
	slices.Sort(got)
	if !slices.Equal(got, want) {
		t.Errorf("files %q, want %q", got, want)
	}
}

func uidls(m *Mailbox) []string {
	all := []string{}
	for n := range m.Listing().Len() {
		all = append(all, m.Listing().Message(n+1).UIDL)
	}
	return all
}

func wantUIDLs(t testing.TB, m *Mailbox, want ...string) {
	t.Helper()
	if got := uidls(m); !slices.Equal(got, want) {
		t.Errorf("UIDLs %q, want %q", got, want)
	}
}

// wantNone checks that message n cannot be opened because it is gone.
func wantNone(t testing.TB, m *Mailbox, n int) {
	t.Helper()
	r, err := m.Open(t.Context(), n)
	if !errors.Is(err, pop3.ErrNoMessage) {
		t.Errorf("message %d: %v, %v; want ErrNoMessage", n, r, err)
	}
}

// wantKept checks that Update keeps just the given messages, for that reason.
func wantKept(t testing.TB, m *Mailbox, marks *pop3.Marks, reason error, kept ...int) {
	t.Helper()
	err := m.Update(context.Background(), marks)
	var failed *pop3.UpdateError
	if !errors.As(err, &failed) || !slices.Equal(failed.Kept, kept) || !errors.Is(err, reason) || !errors.Is(err, pop3.ErrNotAll) {
		t.Errorf("Update() = %v, want %v kept because of %v", err, kept, reason)
	}
}

// openFiles returns what descriptors the process has open.
func openFiles(t testing.TB) []string {
	t.Helper()
	entries, err := os.ReadDir("/proc/self/fd")
	if err != nil {
		t.Fatal(err)
	}
	var all []string
	for _, entry := range entries {
		target, err := os.Readlink("/proc/self/fd/" + entry.Name())
		if err == nil && !slices.Contains([]string{"anon_inode:[eventpoll]", "anon_inode:[eventfd]"}, target) {
			all = append(all, fmt.Sprintf("%s %s", entry.Name(), target))
		}
	}
	return all
}

// checkOpenFiles calls f and checks that it leaves no descriptor open.
func checkOpenFiles(t testing.TB, f func()) {
	t.Helper()
	before := openFiles(t)
	f()
	if after := openFiles(t); len(after) != len(before) {
		t.Errorf("open files %q, before %q", after, before)
	}
}
