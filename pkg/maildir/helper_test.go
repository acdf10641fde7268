package maildir

import (
	"bytes"
	"context"
	"errors"
	"io"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"testing"
	"time"

	"tpops/pkg/osuser"
	"tpops/pkg/pop3"
)

// newMaildir makes a Maildir with empty messages of the given names, such as
// "cur/1.a:2,S".
func newMaildir(t testing.TB, names ...string) string {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "Maildir")
	makeMaildir(t, dir)
	for _, name := range names {
		deliver(t, dir, name, "")
	}
	return dir
}

// makeMaildir makes the directories of a Maildir.
func makeMaildir(t testing.TB, dir string) {
	t.Helper()
	for _, sub := range []string{"", "tmp", "new", "cur"} {
		if err := os.Mkdir(filepath.Join(dir, sub), 0o755); err != nil {
			t.Fatal(err)
		}
	}
}

// deliver makes a message file.
func deliver(t testing.TB, dir, name, text string) {
	t.Helper()
	if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

func rename(t testing.TB, dir, from, to string) {
	t.Helper()
	if err := os.Rename(filepath.Join(dir, from), filepath.Join(dir, to)); err != nil {
		t.Fatal(err)
	}
}

func remove(t testing.TB, dir string, names ...string) {
	t.Helper()
	for _, name := range names {
		if err := os.Remove(filepath.Join(dir, name)); err != nil {
			t.Fatal(err)
		}
	}
}

// age makes new and cur look as if nothing had changed in them for an hour.
func age(t testing.TB, dir string) {
	t.Helper()
	then := time.Now().Add(-time.Hour)
	for _, sub := range subNames {
		if err := os.Chtimes(filepath.Join(dir, sub), then, then); err != nil {
			t.Fatal(err)
		}
	}
}

// open opens a Maildir as the process itself.
func open(t testing.TB, dir string, options Options) *Mailbox {
	t.Helper()
	return openAs(t, nil, dir, options)
}

func openAs(t testing.TB, owner *osuser.Owner, dir string, options Options) *Mailbox {
	t.Helper()
	m, err := openKnown(t.Context(), owner, dir, options)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = m.Close() })
	return m
}

// read returns the text of message n.
func read(t testing.TB, m *Mailbox, n int) string {
	t.Helper()
	r, err := m.Open(t.Context(), n)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	text, err := io.ReadAll(r)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// mark returns marks for Update.
func mark(deleted, seen []int) *pop3.Marks {
	marks := &pop3.Marks{}
	for _, n := range deleted {
		marks.Delete(n)
	}
	for _, n := range seen {
		marks.See(n)
	}
	return marks
}

func update(t testing.TB, m *Mailbox, marks *pop3.Marks) {
	t.Helper()
	if err := m.Update(context.Background(), marks); err != nil {
		t.Fatal(err)
	}
}

// logger returns a logger and what it writes.
func logger() (*slog.Logger, *bytes.Buffer) {
	var text bytes.Buffer
	return slog.New(slog.NewTextHandler(&text, nil)), &text
}

// restrict takes rights on a file or directory away until the test ends.
func restrict(t testing.TB, path string, mode fs.FileMode) {
	t.Helper()
	if err := os.Chmod(path, mode); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.Chmod(path, 0o755) })
}

const (
	aliceID = 2001
	bobID   = 2002
)

var (
	alice = &osuser.Owner{UID: aliceID, GID: aliceID}
	bob   = &osuser.Owner{UID: bobID, GID: bobID}
)

// someUser gives the Maildir to a user whom file modes bind: alice if root
// runs the test, else whoever does.
func someUser(t testing.TB, dir string) *osuser.Owner {
	t.Helper()
	if os.Geteuid() != 0 {
		return nil
	}
	giveTo(t, alice, dir)
	return alice
}

// giveTo gives a tree to a user and makes it reachable.
func giveTo(t testing.TB, owner *osuser.Owner, dir string) {
	t.Helper()
	for _, above := range []string{filepath.Dir(dir), filepath.Dir(filepath.Dir(dir))} {
		if err := os.Chmod(above, 0o755); err != nil {
			t.Fatal(err)
		}
	}
	err := filepath.WalkDir(dir, func(path string, _ fs.DirEntry, err error) error {
		return errors.Join(err, os.Lchown(path, owner.UID, owner.GID))
	})
	if err != nil {
		t.Fatal(err)
	}
}

func needRoot(t testing.TB) {
	t.Helper()
	if os.Geteuid() != 0 {
		t.Skip("only root can act as another user, make devices, mount")
	}
}
