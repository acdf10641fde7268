package maildir

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"tpops/pkg/uidlist"
)

// keeping is the options of a server that keeps deleted messages.
var keeping = Options{Lock: true, UIDLConvert: true, Served: true, KeepDeleted: time.Hour}

// quit opens a mailbox in a session, deletes messages and closes it.
func quit(t *testing.T, dir, session string, options Options, deleted ...int) {
	t.Helper()
	m := open(t, dir, options)
	m.DeleteFor(session, "192.0.2.1")
	update(t, m, mark(deleted, nil))
	for _, n := range deleted {
		if m.Kept(n) != (options.KeepDeleted > 0) {
			t.Errorf("message %d: kept %t", n, m.Kept(n))
		}
	}
	_ = m.Close()
}

// uidlsAtLogin returns what a login sees.
func uidlsAtLogin(t *testing.T, dir string, options Options) []string {
	t.Helper()
	m := open(t, dir, options)
	defer m.Close()
	return uidls(m)
}

func everything(all []DeletedMessage) []DeletedMessage { return all }

// undo puts all back, and wants so many to be back with their UIDLs.
func undo(t *testing.T, dir string, options Options, want int) []Undeleted {
	t.Helper()
	done, err := Undelete(t.Context(), nil, dir, options, everything)
	if err != nil {
		t.Fatal(err)
	}
	back := 0
	for _, one := range done {
		if one.Err != nil {
			continue
		}
		if back++; one.Now != one.UIDL {
			t.Errorf("%s has the UIDL %q instead of %q", one.File, one.Now, one.UIDL)
		}
	}
	if back != want {
		t.Errorf("%d messages are back instead of %d: %v", back, want, done)
	}
	return done
}

func TestUndelete(t *testing.T) {
	box := []string{"new/1.a", "cur/2.b:2,S", "new/3.c d", "cur/4." + strings.Repeat("x", 240) + ":2,FS", "cur/5.e", "new/6.f"}
	dir := newMaildir(t, box...)
	deliver(t, dir, uidlFile, OrderLine+"\n5.e\tfifth\n1.a\tfirst\n")
	before := uidlsAtLogin(t, dir, keeping)
	quit(t, dir, "abc", keeping, 1, 2, 4)
	quit(t, dir, "def", keeping, 1, 2)
	list, err := Deleted(t.Context(), nil, dir, nil)
	if err != nil || len(list) != 5 {
		t.Fatal(list, err)
	}
	first := list[0]
	if first.Session != "abc" || first.Remote != "192.0.2.1" || first.UIDL != "fifth" || first.File != "5.e" || time.Since(first.Time) > time.Minute {
		t.Errorf("%+v", first)
	}
	if left := uidlsAtLogin(t, dir, keeping); len(left) != 1 || left[0] != before[5] {
		t.Error(left)
	}
	undo(t, dir, keeping, 5)
	wantFiles(t, dir, box...)
	if after := uidlsAtLogin(t, dir, keeping); !slices.Equal(before, after) {
		t.Errorf("%q instead of %q", after, before)
	}
	if left, _ := os.ReadDir(filepath.Join(dir, DeletedDir)); len(left) > 0 {
		t.Error("left:", left)
	}
	undo(t, dir, keeping, 0)
}

// Without maildir-lock messages can be put back while QUIT deletes others: these are kept
// nevertheless.
func TestUndeleteDuringQUIT(t *testing.T) {
	options := keeping
	options.Lock = false
	dir := newMaildir(t, "cur/1.a:2,", "cur/2.b:2,")
	m := open(t, dir, options)
	m.DeleteFor("abc", "192.0.2.1")
	b := m.newBatch(DeletedDir, mark([]int{1, 2}, nil))
	subs, err := openSubdirs(m.dir, unix.O_RDONLY)
	if err != nil {
		t.Fatal(err)
	}
	defer subs.close()
	if err := b.hide(0, place{&subs, inCur, "1.a:2,"}); err != nil {
		t.Fatal(err)
	}
	undo(t, dir, options, 1)
	if err := b.hide(1, place{&subs, inCur, "2.b:2,"}); err != nil {
		t.Error(err)
	}
	b.close()
	undo(t, dir, options, 1)
	wantFiles(t, dir, "cur/1.a:2,", "cur/2.b:2,")
	if left, _ := os.ReadDir(filepath.Join(dir, DeletedDir)); len(left) > 0 {
		t.Error("left:", left)
	}
}

// Without keep-deleted there is no trace of it.
func TestKeepDeletedOff(t *testing.T) {
	dir := newMaildir(t, "new/1.a", "cur/2.b:2,")
	quit(t, dir, "abc", Options{Lock: true}, 1, 2)
	if _, err := os.Lstat(filepath.Join(dir, DeletedDir)); !os.IsNotExist(err) {
		t.Error(err)
	}
	undo(t, dir, keeping, 0)
}

// A message that came back otherwise, or another one with its name, is not touched.
func TestUndeletePresent(t *testing.T) {
	dir := newMaildir(t, "cur/1.a:2,", "cur/2.b:2,")
	quit(t, dir, "abc", keeping, 1, 2)
	deliver(t, dir, "cur/1.a:2,S", "another")
	done := undo(t, dir, keeping, 1)
	if !errors.Is(done[0].Err, errPresent) {
		t.Error(done)
	}
	wantFiles(t, dir, "cur/1.a:2,S", "cur/2.b:2,")
	remove(t, dir, "cur/1.a:2,S")
	undo(t, dir, keeping, 1)
	wantFiles(t, dir, "cur/1.a:2,", "cur/2.b:2,")
}

// Different messages that had one name, one after the other, do not come back together:
// both would have other UIDLs. Nor do they after an undo that was killed.
func TestUndeleteSameName(t *testing.T) {
	for _, options := range []Options{keeping, {Lock: true, Served: true, KeepDeleted: time.Hour, UIDL: UIDLDovecot}} {
		dir := newMaildir(t)
		var want string
		for k, session := range []string{"a", "b"} {
			deliver(t, dir, "cur/1.a:2,"+session, session)
			if k == 0 {
				want = uidlsAtLogin(t, dir, options)[0]
			}
			quit(t, dir, session, options, 1)
		}
		done, err := Undelete(t.Context(), nil, dir, options, everything)
		if err != nil || len(done) != 2 || done[0].Err != nil || done[0].Now != want || !errors.Is(done[1].Err, errPresent) {
			t.Errorf("%+v, %v", done, err)
		}
		wantFiles(t, dir, "cur/1.a:2,a")
		undo(t, dir, options, 0)
	}
}

// A session that is open keeps its mailbox, and an undo waits for it.
func TestUndeleteBusy(t *testing.T) {
	dir := newMaildir(t, "cur/1.a:2,", "cur/2.b:2,")
	quit(t, dir, "abc", keeping, 1)
	m := open(t, dir, keeping)
	if _, err := Undelete(t.Context(), nil, dir, keeping, everything); !errors.Is(err, errBusy) {
		t.Error(err)
	}
	if m.Listing().Len() != 1 || read(t, m, 1) != "" {
		t.Error("the session has other messages")
	}
	_ = m.Close()
	undo(t, dir, keeping, 1)
}

// What cannot take messages is no reason to keep those that a client deletes.
func TestKeepDeletedRefused(t *testing.T) {
	tests := map[string]func(path string) error{
		"link":      func(path string) error { return os.Symlink(t.TempDir(), path) },
		"dead link": func(path string) error { return os.Symlink("nowhere", path) },
		"file":      func(path string) error { return os.WriteFile(path, nil, 0o600) },
		"FIFO":      func(path string) error { return unix.Mkfifo(path, 0o600) },
		"foreign":   func(path string) error { return errors.Join(os.Mkdir(path, 0o777), os.Chown(path, bobID, bobID)) },
		"batch is a file": func(path string) error {
			now := time.Now().Unix()
			err := os.Mkdir(path, 0o700)
			for at := now - 2; at < now+60; at++ {
				o := origin{session: "abc"}
				err = errors.Join(err, os.WriteFile(filepath.Join(path, o.batchName(time.Unix(at, 0))), nil, 0o600))
			}
			return err
		},
	}
	for name, prepare := range tests {
		t.Run(name, func(t *testing.T) {
			if name == "foreign" && os.Geteuid() != 0 {
				t.Skip("needs root")
			}
			dir := newMaildir(t, "new/1.a", "cur/2.b:2,", "cur/3.c:2,")
			if err := prepare(filepath.Join(dir, DeletedDir)); err != nil {
				t.Fatal(err)
			}
			options := keeping
			log, text := logger()
			options.Log = log
			wantLost(t, dir, options, text)
		})
	}
}

// wantLost deletes two of three messages, and wants them to be gone and the log to say so.
func wantLost(t *testing.T, dir string, options Options, text *bytes.Buffer) {
	t.Helper()
	m := open(t, dir, options)
	m.DeleteFor("abc", "")
	update(t, m, mark([]int{1, 2}, nil))
	if m.Kept(1) || m.Kept(2) {
		t.Error("said to be kept")
	}
	_ = m.Close()
	wantFiles(t, dir, "cur/3.c:2,")
	if !strings.Contains(text.String(), "deleted messages not kept") || !strings.Contains(text.String(), "files=2") {
		t.Errorf("log: %s", text)
	}
}

// All files of a message with copies come back as one message, and a hard link is one.
func TestUndeleteCopies(t *testing.T) {
	box := []string{"cur/1.a:2,", "cur/1.a:2,S", "cur/2.b:2,", "cur/2.b:2,F", "new/3.c"}
	dir := newMaildir(t, "cur/1.a:2,", "cur/1.a:2,S", "cur/2.b:2,", "new/3.c")
	if err := os.Link(filepath.Join(dir, "cur/2.b:2,"), filepath.Join(dir, "cur/2.b:2,F")); err != nil {
		t.Fatal(err)
	}
	wantFiles(t, dir, box...)
	before := uidlsAtLogin(t, dir, keeping)
	quit(t, dir, "abc", keeping, 1, 2)
	wantFiles(t, dir, "new/3.c")
	done, err := Undelete(t.Context(), nil, dir, keeping, everything)
	if err != nil || len(done) != 3 {
		t.Fatal(done, err)
	}
	if after := uidlsAtLogin(t, dir, keeping); !slices.Equal(before, after) {
		t.Errorf("%q instead of %q", after, before)
	}
}

// maildirsize counts what is in the mailbox, not what is kept.
func TestKeepDeletedQuota(t *testing.T) {
	dir := newMaildir(t, "cur/1.a,S=7:2,", "new/2.b,S=5")
	deliver(t, dir, quotaFile, "100S\n12 2\n")
	quit(t, dir, "abc", keeping, 1, 2)
	undo(t, dir, keeping, 2)
	text, err := os.ReadFile(filepath.Join(dir, quotaFile))
	if want := "100S\n12 2\n-12 -2\n12 2\n"; err != nil || string(text) != want {
		t.Errorf("%q, %v", text, err)
	}
}

// With Dovecot's list messages keep their UIDLs and order. If Dovecot has removed them
// from its list they keep their UIDLs.
func TestUndeleteDovecot(t *testing.T) {
	format, err := uidlist.ParseFormat("%08Xu%08Xv")
	if err != nil {
		t.Fatal(err)
	}
	options := keeping
	options.UIDL, options.UIDLFormat = UIDLDovecot, format
	box := []string{"cur/1.a:2,", "cur/2.b:2,", "cur/3.c:2,", "cur/4.d:2,", "cur/5.e:2,", "cur/6.f:2,", "cur/7.g:2,", "cur/8.h:2,"}
	dir := newMaildir(t, box...)
	before := uidlsAtLogin(t, dir, options)
	quit(t, dir, "abc", options, 1, 2, 3, 4, 5, 6, 7)
	undo(t, dir, options, 7)
	if after := uidlsAtLogin(t, dir, options); !slices.Equal(before, after) {
		t.Errorf("%q instead of %q", after, before)
	}
	quit(t, dir, "def", options, 1, 2, 3, 4, 5, 6, 7)
	path := filepath.Join(dir, dovecotList)
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	lines := strings.SplitAfter(string(text), "\n")
	lines = slices.DeleteFunc(lines, func(line string) bool {
		return strings.Contains(line, ":") && !strings.Contains(line, ":8.h") && line[0] != '3'
	})
	if err := os.WriteFile(path, []byte(strings.Join(lines, "")), 0o600); err != nil {
		t.Fatal(err)
	}
	undo(t, dir, options, 7)
	after := uidlsAtLogin(t, dir, options)
	slices.Sort(before)
	slices.Sort(after)
	if !slices.Equal(before, after) {
		t.Errorf("%q instead of %q", after, before)
	}
}

// A folder that was made read-only takes nothing.
func TestKeepDeletedReadOnly(t *testing.T) {
	dir := newMaildir(t, "new/1.a", "cur/2.b:2,", "cur/3.c:2,")
	owner := someUser(t, dir)
	all := filepath.Join(dir, DeletedDir)
	if err := os.Mkdir(all, 0o700); err != nil {
		t.Fatal(err)
	}
	if owner != nil {
		if err := os.Chown(all, owner.UID, owner.GID); err != nil {
			t.Fatal(err)
		}
	}
	restrict(t, all, 0o500)
	log, text := logger()
	options := keeping
	options.Log = log
	m := openAs(t, owner, dir, options)
	update(t, m, mark([]int{1, 2}, nil))
	_ = m.Close()
	wantFiles(t, dir, "cur/3.c:2,")
	if m.Kept(1) || !strings.Contains(text.String(), "permission denied") {
		t.Errorf("log: %s", text)
	}
}

// A batch that is removed during QUIT takes nothing, and QUIT does not wait for it.
func TestKeepDeletedBatchGone(t *testing.T) {
	dir := newMaildir(t, "cur/1.a:2,", "cur/2.b:2,")
	m := open(t, dir, keeping)
	marks := mark([]int{1}, nil)
	b := m.newBatch(DeletedDir, marks)
	if b.err != nil {
		t.Fatal(b.err)
	}
	if err := os.RemoveAll(filepath.Join(dir, DeletedDir)); err != nil {
		t.Fatal(err)
	}
	r := &removal{snap: m.snap, view: m.view, batch: b}
	start := time.Now()
	if err := r.remove(t.Context(), marks); err != nil {
		t.Fatal(err)
	}
	m.putAway(b)
	wantFiles(t, dir, "cur/2.b:2,")
	if m.Kept(1) || b.lost != 1 || !errors.Is(b.err, unix.ENOENT) || time.Since(start) > patience {
		t.Error("kept", m.Kept(1), "lost", b.lost, b.err)
	}
}

// A session that another process continues is still known by its name.
func TestKeepDeletedSuspended(t *testing.T) {
	dir := newMaildir(t, "cur/1.a:2,")
	m := open(t, dir, keeping)
	m.DeleteFor("abc", "2001:db8::1")
	state, files := m.Suspend()
	m, err := Resume(nil, state, files, keeping)
	if err != nil {
		t.Fatal(err)
	}
	update(t, m, mark([]int{1}, nil))
	_ = m.Close()
	list, err := Deleted(t.Context(), nil, dir, nil)
	if err != nil || len(list) != 1 || list[0].Session != "abc" || list[0].Remote != "2001:db8::1" {
		t.Error(list, err)
	}
	undo(t, dir, keeping, 1)
}

// Two undos at once put each message back once.
func TestUndeleteTwice(t *testing.T) {
	dir := newMaildir(t, "cur/1.a:2,", "cur/2.b:2,", "new/3.c")
	before := uidlsAtLogin(t, dir, keeping)
	quit(t, dir, "abc", keeping, 1, 2, 3)
	options := keeping
	options.LockWait = time.Minute
	counts := make(chan int)
	for range 2 {
		go func() {
			done, err := Undelete(t.Context(), nil, dir, options, everything)
			if err != nil {
				t.Error(err)
			}
			counts <- len(done)
		}()
	}
	if n := <-counts + <-counts; n != 3 {
		t.Errorf("%d messages were put back", n)
	}
	if after := uidlsAtLogin(t, dir, keeping); !slices.Equal(before, after) {
		t.Errorf("%q instead of %q", after, before)
	}
}

// BenchmarkKeepDeleted is QUIT with 20 deletions, with and without keep-deleted.
func BenchmarkKeepDeleted(b *testing.B) {
	for name, keep := range map[string]time.Duration{"off": 0, "on": time.Hour} {
		b.Run(name, func(b *testing.B) {
			all := make([]int, 20)
			for b.Loop() {
				b.StopTimer()
				dir := filepath.Join(b.TempDir(), strings.Repeat("x", 8))
				makeMaildir(b, dir)
				for i := range all {
					deliver(b, dir, "cur/100"+string(rune('a'+i))+".host:2,", "text")
					all[i] = i + 1
				}
				m, err := Open(b.Context(), nil, dir, Options{Lock: true, KeepDeleted: keep})
				if err != nil {
					b.Fatal(err)
				}
				m.DeleteFor("abc", "192.0.2.1")
				marks := mark(all, nil)
				b.StartTimer()
				if err := m.Update(b.Context(), marks); err != nil {
					b.Fatal(err)
				}
				b.StopTimer()
				_ = m.Close()
				_ = os.RemoveAll(dir)
				b.StartTimer()
			}
		})
	}
}
