package maildir

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/sys/unix"

	"tpops/pkg/pop3"
)

// wantAway checks that a Maildir is not opened, that the client may try again,
// and that the error names what is missing.
func wantAway(t *testing.T, dir, part string) {
	t.Helper()
	checkOpenFiles(t, func() {
		m, err := openKnown(t.Context(), nil, dir, Options{Lock: true})
		var known *pop3.Error
		if m != nil || err == nil || errors.As(err, &known) || !strings.Contains(err.Error(), part) {
			t.Errorf("Open() = %v, %v; want an error with %q that is for [SYS/TEMP]", m, err, part)
		}
	})
}

func removeAll(t *testing.T, paths ...string) {
	t.Helper()
	for _, path := range paths {
		if err := os.RemoveAll(path); err != nil {
			t.Fatal(err)
		}
	}
}

// Nothing but the Maildir's own directory may be missing.
func TestMissing(t *testing.T) {
	tests := []struct {
		name    string
		missing []string
		part    string
	}{
		{"new", []string{"new"}, "new: a directory of the Maildir is missing"},
		{"cur", []string{"cur"}, "cur: a directory of the Maildir is missing"},
		{"both", []string{"new", "cur"}, "a directory of the Maildir is missing"},
		{"all", []string{"new", "cur", "tmp"}, "a directory of the Maildir is missing"},
		{"the parent", []string{".."}, "is missing: its file system is not mounted"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			dir := newMaildir(t, "cur/1.a", "new/2.b")
			for _, sub := range tt.missing {
				removeAll(t, filepath.Join(dir, sub))
			}
			wantAway(t, dir, tt.part)
		})
	}
}

// Without tmp there is all that a reader needs.
func TestMissingTmp(t *testing.T) {
	dir := newMaildir(t, "cur/1.a", "new/2.b")
	remove(t, dir, "tmp")
	log, text := logger()
	wantUIDLs(t, open(t, dir, Options{Lock: true, Log: log}), "1.a", "2.b")
	if !strings.Contains(text.String(), "directory=tmp") {
		t.Errorf("log: %q", text)
	}
}

// A user who has had no mail yet has no Maildir.
func TestNoMaildir(t *testing.T) {
	for _, beside := range []bool{false, true} {
		dir := filepath.Join(t.TempDir(), "Maildir")
		if beside {
			deliver(t, filepath.Dir(dir), ".profile", "")
		}
		log, text := logger()
		m := open(t, dir, Options{Lock: true, Log: log})
		wantUIDLs(t, m)
		wantNone(t, m, 1)
		update(t, m, mark(nil, nil))
		if !strings.Contains(text.String(), "Maildir missing") {
			t.Errorf("log: %q", text)
		}
	}
}

// A mount point without its file system is empty and not the mail user's.
func TestEmptyMountPoint(t *testing.T) {
	needRoot(t)
	for name, tt := range map[string]struct {
		uid, gid int
		mode     os.FileMode
		entry    bool
		away     bool
	}{
		"root's, empty":                 {0, 0, 0o755, false, true},
		"root's, with others":           {0, 0, 0o755, true, false},
		"the user's, empty":             {aliceID, 0, 0o755, false, false},
		"another's, empty":              {bobID, 0, 0o755, false, true},
		"for the group, empty":          {0, aliceID, 0o770, false, false},
		"for another group, empty":      {0, bobID, 0o775, false, true},
		"read-only for the group":       {0, aliceID, 0o755, false, true},
		"for all, empty":                {0, 0, 0o777 | os.ModeSticky, false, true},
		"for all and the group, empty":  {0, aliceID, 0o777 | os.ModeSticky, false, true},
		"for all, with others":          {0, 0, 0o777 | os.ModeSticky, true, false},
		"Debian's /var/mail, empty":     {0, 8, 0o775 | os.ModeSetgid, false, true},
		"Debian's /var/mail, with mail": {0, 8, 0o775 | os.ModeSetgid, true, false},
	} {
		t.Run(name, func(t *testing.T) {
			parent := t.TempDir()
			if tt.entry {
				deliver(t, parent, "other", "")
			}
			if err := errors.Join(os.Chown(parent, tt.uid, tt.gid), os.Chmod(parent, tt.mode), os.Chmod(filepath.Dir(parent), 0o755)); err != nil {
				t.Fatal(err)
			}
			m, err := openKnown(t.Context(), alice, parent+"/ann", Options{})
			var known *pop3.Error
			if (err != nil) != tt.away || errors.As(err, &known) {
				t.Fatalf("Open() = %v, want an error: %v", err, tt.away)
			}
			if err == nil {
				wantUIDLs(t, m)
			} else if !strings.Contains(err.Error(), "may be a mount point") {
				t.Error(err)
			}
		})
	}
}

// A real file system that is unmounted takes the mailboxes away with it.
func TestUnmounted(t *testing.T) {
	needRoot(t)
	disk := t.TempDir()
	if err := os.Chmod(filepath.Dir(disk), 0o755); err != nil {
		t.Fatal(err)
	}
	mountSmall(t, disk)
	dirs := []string{filepath.Join(disk, "example.org/ann/Maildir"), filepath.Join(disk, "ann")}
	for _, dir := range dirs {
		if err := os.MkdirAll(filepath.Dir(dir), 0o755); err != nil {
			t.Fatal(err)
		}
		makeMaildir(t, dir)
		deliver(t, dir, "new/1.a", "")
		giveTo(t, alice, dir)
		wantUIDLs(t, openAs(t, alice, dir, Options{}), "1.a")
	}
	if err := unix.Unmount(disk, unix.MNT_DETACH); err != nil {
		t.Fatal(err)
	}
	for _, dir := range dirs {
		if m, err := openKnown(t.Context(), alice, dir, Options{}); err == nil {
			t.Errorf("%s: %d messages, want an error", dir, m.Listing().Len())
		}
	}
}

// A directory that goes away during a session takes no message with it, and
// its client is not told that they were removed.
func TestAwayDuringSession(t *testing.T) {
	for _, sub := range subNames {
		t.Run(sub, func(t *testing.T) {
			dir := newMaildir(t, "new/1.a", "cur/2.b:2,")
			m := open(t, dir, Options{})
			rename(t, dir, sub, "../away")
			for n := 1; n <= 2; n++ {
				if _, err := m.Open(t.Context(), n); err == nil || errors.Is(err, pop3.ErrNoMessage) {
					t.Errorf("message %d: %v", n, err)
				}
			}
			wantKept(t, m, mark([]int{1, 2}, nil), errMissing, 1, 2)
			rename(t, dir, "../away", sub)
			wantFiles(t, dir, "new/1.a", "cur/2.b:2,")
		})
	}
}

// If another mailbox takes the place of one that is open, nothing in it is
// touched; the messages of the first are where it was moved to.
func TestReplacedMaildir(t *testing.T) {
	dir, other := newMaildir(t, "cur/1.a:2,"), newMaildir(t, "cur/1.a:2,")
	m := open(t, dir, Options{})
	if err := errors.Join(os.Rename(dir, dir+".old"), os.Rename(other, dir)); err != nil {
		t.Fatal(err)
	}
	update(t, m, mark([]int{1}, nil))
	wantFiles(t, dir, "cur/1.a:2,")
	wantFiles(t, dir+".old")
}

// Of a mailbox that mail-roots does not cover the error says that.
func TestOutsideRoots(t *testing.T) {
	needRoot(t)
	dir := newMaildir(t)
	giveTo(t, bob, dir)
	restrict(t, dir, 0o700) // what Landlock refuses is EACCES as well
	home := t.TempDir()
	if err := os.Chmod(filepath.Dir(home), 0o755); err != nil {
		t.Fatal(err)
	}
	rootLink(t, dir, home+"/link")
	const add = "is outside mail-roots (/var/mail, /nowhere): add it, or a directory above it, to mail-roots"
	roots := []string{"/var/mail", "/nowhere"}
	tests := []struct {
		name, path string
		roots      []string
		want       string
	}{
		{"outside", dir, roots, "maildrop " + dir + " " + add},
		{"through a link", home + "/link", roots, "maildrop " + home + "/link, which is " + dir + ", " + add},
		{"missing and outside", home + "/none", roots, "maildrop " + home + "/none " + add},
		{"inside", dir, []string{"/var/mail", filepath.Dir(dir)}, "permission denied"},
		{"a root that is a link", dir, []string{home + "/link"}, "permission denied"},
		{"the name of a root begins so", dir, []string{strings.TrimSuffix(dir, "r")}, "is outside"},
		{"the whole system", dir, []string{"/"}, "permission denied"},
		{"no limit", dir, nil, "permission denied"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			_, err := openKnown(t.Context(), alice, tt.path, Options{Roots: tt.roots})
			isOutside := strings.Contains(tt.want, "outside")
			if err == nil || !strings.Contains(err.Error(), tt.want) || errors.Is(err, pop3.ErrPermanent) != isOutside {
				t.Errorf("Open() = %v, want %s", err, tt.want)
			}
		})
	}
}
