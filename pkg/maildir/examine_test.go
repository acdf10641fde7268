package maildir

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"tpops/pkg/osuser"
	"tpops/pkg/pop3"
)

// examine returns the names of what Examine finds, with a count if it is not 1.
func examine(t *testing.T, owner *osuser.Owner, dir string, deep, fix bool) *Health {
	t.Helper()
	health, err := Examine(t.Context(), owner, dir, Options{Refuse: true, UIDLConvert: true}, deep, fix)
	if err != nil {
		t.Fatal(err)
	}
	return health
}

func foundNames(h *Health) (all []string) {
	for _, f := range h.Findings {
		all = append(all, f.Fault.Name)
	}
	slices.Sort(all)
	return all
}

// old sets the times of a file.
func old(t *testing.T, path string) {
	t.Helper()
	then := time.Now().Add(-100 * time.Hour)
	if err := os.Chtimes(path, then, then); err != nil {
		t.Fatal(err)
	}
}

// ill makes a Maildir with one kind of fault.
type ill struct {
	name  string
	make  func(t *testing.T, dir string)
	deep  bool
	wants string // faults, separated by blanks
	fixed bool   // --fix repairs all but notes
}

func illMaildirs() []ill {
	file := func(name, text string) func(*testing.T, string) {
		return func(t *testing.T, dir string) { deliver(t, dir, name, text) }
	}
	gzip := "\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\x03garbage"
	return []ill{
		{"well", file("cur/1.a,S=4,W=5:2,S", "abc\n"), true, "", true},
		{"no tmp", func(t *testing.T, dir string) { remove(t, dir, "tmp") }, false, faultDirectory, true},
		{"no new", func(t *testing.T, dir string) { remove(t, dir, "new") }, false, faultDirectory, false},
		{"cur is a link", func(t *testing.T, dir string) {
			remove(t, dir, "cur")
			_ = os.Symlink("/etc", filepath.Join(dir, "cur"))
		}, false, faultDirectory, false},
		{"directory", func(t *testing.T, dir string) { _ = os.Mkdir(filepath.Join(dir, "cur/1.a"), 0o700) }, false, faultKind, false},
		{"link", func(t *testing.T, dir string) { _ = os.Symlink("/etc/passwd", filepath.Join(dir, "cur/1.a")) }, false, faultKind, false},
		{"FIFO", func(t *testing.T, dir string) { _ = unix.Mkfifo(filepath.Join(dir, "cur/1.a"), 0o600) }, true, faultKind, false},
		{"FIFOs as files of ours", func(t *testing.T, dir string) {
			for _, name := range []string{indexName, servedName, "dovecot-uidlist"} {
				_ = unix.Mkfifo(filepath.Join(dir, name), 0o600)
			}
		}, false, faultKind, false},
		{"S=", file("cur/1.a,S=4:2,", "abcd\n"), false, faultSize, false},
		{"impossible W=", file("cur/1.a,W=3:2,", "abcd\n"), false, faultSize, false},
		{"possible W=", file("cur/1.a,W=5:2,", "abcd\n"), false, "", true},
		{"wrong W=", file("cur/1.a,W=5:2,", "abcd\n"), true, faultSize, false},
		{"encrypted", file("cur/1.a", "CRYPTED\x03\x07 and more"), false, faultEncrypted, false},
		{"corrupt", file("cur/1.a", gzip), true, faultCorrupt, false},
		{"flags in new", file("new/1.a:2,S", ""), false, faultNewFlags, true},
		{"others write", func(t *testing.T, dir string) { _ = os.Chmod(filepath.Join(dir, "cur"), 0o777) }, false, faultWritable, true},
		{"no right", func(t *testing.T, dir string) {
			deliver(t, dir, "cur/1.a,S=4:2,", "abc\n")
			_ = os.Chmod(filepath.Join(dir, "cur/1.a,S=4:2,"), 0)
		}, false, faultMode, true},
		{"lines", file(uidlFile, "1.a\tU1\nx\n2.b\t\u00fc\n3.c\tU1\n"), false, faultUIDLDouble + " " + faultUIDLIllegal + " " + faultUIDLLine + " " + noteUIDLAbsent, true},
		{"two UIDLs", file(uidlFile, "1.a\tU1\n1.a\tU2\n"), false, noteUIDLTwice + " " + noteUIDLAbsent, true},
		{"tpops_uidl is a directory", func(t *testing.T, dir string) { _ = os.Mkdir(filepath.Join(dir, uidlFile), 0o700) }, false, faultKind + " " + faultUIDLFile, false},
		{"index", file(indexName, "junk"), false, faultIndex, true},
		{"index of version 2", file(indexName, indexMagic+"\x02\x00\x00\x00"+strings.Repeat("\x00", 300)), false, noteOldIndex, true},
		{"index of version 0", file(indexName, indexMagic+strings.Repeat("\x00", 300)), false, faultIndex, true},
		{"index that ends in its head", file(indexName, indexMagic+"\x02\x00\x00\x00"), false, faultIndex, true},
		{"served", file(servedName, "junk"), false, faultServed, true},
		{"old file in tmp", func(t *testing.T, dir string) { deliver(t, dir, "tmp/x", ""); old(t, filepath.Join(dir, "tmp/x")) }, false, "", true}, // ctime is new
		{"name for a hash", file("cur/"+strings.Repeat("x", 71), ""), false, noteUIDLHash, true},
		{"long name", file("cur/"+strings.Repeat("x", 254), ""), false, noteLong + " " + noteUIDLHash, true},
		{"odd name", file("cur/1.\x1b[31m", ""), false, noteName, true},
		{"hidden", file("cur/.1.a", ""), false, noteHidden, true},
		{"copies", func(t *testing.T, dir string) { deliver(t, dir, "cur/1.a:2,", "x"); deliver(t, dir, "new/1.a", "x") }, false, noteCopies, true},
		{"twins", func(t *testing.T, dir string) { deliver(t, dir, "cur/1.a:2,", "x"); deliver(t, dir, "new/1.a", "y") }, false, noteTwins, true},
		{"other server", func(t *testing.T, dir string) {
			deliver(t, dir, "dovecot-uidlist", "3 V1 N1\n")
			deliver(t, dir, "cur/1.a:2,", "")
		}, false, noteList + " " + faultRefused, false},
	}
}

func TestExamine(t *testing.T) {
	for _, c := range illMaildirs() {
		t.Run(c.name, func(t *testing.T) {
			dir := newMaildir(t)
			c.make(t, dir)
			owner := someUser(t, dir)
			before := tree(t, dir)
			want := strings.Fields(c.wants)
			slices.Sort(want)
			if got := foundNames(examine(t, owner, dir, c.deep, false)); !slices.Equal(got, want) {
				t.Errorf("found %q instead of %q", got, want)
			}
			if after := tree(t, dir); !slices.Equal(before, after) {
				t.Errorf("changed: %q, was %q", after, before)
			}
			left, _ := examine(t, owner, dir, c.deep, true).Faults()
			again := examine(t, owner, dir, c.deep, true)
			if faults, _ := again.Faults(); (left == 0) != c.fixed || left != faults {
				t.Errorf("%d faults left, then %d", left, faults)
			}
			for _, f := range again.Findings {
				if f.Repaired > 0 || f.Failed != nil {
					t.Errorf("the second run repaired %s: %v", f.Fault.Name, f.Failed)
				}
			}
		})
	}
}

// tree returns all names below a directory with their modes.
func tree(t *testing.T, dir string) (all []string) {
	t.Helper()
	err := filepath.WalkDir(dir, func(path string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		info, err := entry.Info()
		if err == nil {
			all = append(all, info.Mode().String()+path)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return all
}

// Only lines of no use are removed: the messages keep UIDLs and order.
func TestExamineKeepsUIDLs(t *testing.T) {
	dir := newMaildir(t, "cur/1.a:2,", "cur/2.b:2,", "cur/3.c:2,")
	deliver(t, dir, uidlFile, OrderLine+"\n3.c\tU3\nbad\n2.b\tU3\n2.b\tU2\r\n9.z\tU9\n")
	options := Options{UIDLConvert: true}
	list := func() (all []string) {
		m, err := Open(t.Context(), nil, dir, options)
		if err != nil {
			t.Fatal(err)
		}
		defer m.Close()
		for n := range m.Listing().Len() {
			all = append(all, m.Listing().Message(n+1).UIDL)
		}
		return all
	}
	before := list()
	if faults, notes := examine(t, nil, dir, false, true).Faults(); faults != 0 || notes != 1 {
		t.Errorf("%d faults, %d notes", faults, notes)
	}
	text, err := os.ReadFile(filepath.Join(dir, uidlFile))
	if want := OrderLine + "\n3.c\tU3\n2.b\tU2\n9.z\tU9\n"; err != nil || string(text) != want {
		t.Errorf("%q, %v", text, err)
	}
	if after := list(); !slices.Equal(before, after) {
		t.Errorf("%q, was %q", after, before)
	}
}

func TestExamineLocked(t *testing.T) {
	dir := newMaildir(t, "new/1.a:2,S")
	deliver(t, dir, "tmp/x", "")
	m := open(t, dir, Options{Lock: true})
	if got := foundNames(examine(t, nil, dir, false, false)); !slices.Equal(got, []string{faultNewFlags, noteLocked}) {
		t.Errorf("found %q", got)
	}
	_, err := Examine(t.Context(), nil, dir, Options{}, false, true)
	if !errors.Is(err, pop3.ErrLocked) {
		t.Error(err)
	}
	wantFiles(t, dir, "new/1.a:2,S")
	_ = m.Close()
}

// An error names the file that is in the way, and does not claim that there is none.
func TestExamineLockIsFIFO(t *testing.T) {
	dir := newMaildir(t, "cur/1.a:2,")
	if err := unix.Mkfifo(filepath.Join(dir, lockFile), 0o600); err != nil {
		t.Fatal(err)
	}
	_, err := Examine(t.Context(), nil, dir, Options{}, false, true)
	if err == nil || err.Error() != dir+": lock tpops_lock: not a regular file" || !errors.Is(err, errNoFile) {
		t.Error(err)
	}
}

func TestExamineOldTmp(t *testing.T) {
	dir := newMaildir(t)
	deliver(t, dir, "tmp/old", "")
	later := Options{clock: func() time.Time { return time.Now().Add(37 * time.Hour) }}
	for _, fix := range []bool{false, true} {
		health, err := Examine(t.Context(), nil, dir, later, false, fix)
		if err != nil || !slices.Equal(foundNames(health), []string{faultTmp}) || (health.Findings[0].Repaired == 1) != fix {
			t.Errorf("%+v, %v", health, err)
		}
	}
	if left, err := os.ReadDir(filepath.Join(dir, "tmp")); err != nil || len(left) > 0 {
		t.Error(left, err)
	}
}

// The rights of root never reach a file of another user that a user links to.
func TestExamineOtherOwner(t *testing.T) {
	needRoot(t)
	dir := newMaildir(t)
	deliver(t, dir, "cur/1.a", "secret")
	giveTo(t, alice, dir)
	if err := errors.Join(os.Chown(filepath.Join(dir, "cur/1.a"), bobID, bobID), os.Chmod(filepath.Join(dir, "cur/1.a"), 0o602)); err != nil {
		t.Fatal(err)
	}
	health := examine(t, alice, dir, true, true)
	if got := foundNames(health); !slices.Equal(got, []string{faultWritable, faultUnreadable, faultOwner}) {
		t.Errorf("found %q", got)
	}
	if info, err := os.Stat(filepath.Join(dir, "cur/1.a")); err != nil || info.Mode().Perm() != 0o602 {
		t.Error(info, err)
	}
}
