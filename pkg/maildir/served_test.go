package maildir

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"golang.org/x/sys/unix"
)

// tpops_served relies on rule 1: these never change.
func TestBuiltInUIDL(t *testing.T) {
	for unique, want := range map[string]string{
		"1700000000.M1P1.host":               "1700000000.M1P1.host",
		"1700000000.M1P1.host,S=1000,W=1030": "1700000000.M1P1.host,S=1000,W=1030",
		"a b":                                "c8687a08aa5d6ed2044328fa6a697ab8",
		"\xff":                               "a8100ae6aa1940d0b663bb31cd466142",
		strings.Repeat("x", 70):              strings.Repeat("x", 70),
		strings.Repeat("x", 71):              "87a1e4c1c92b7b7a7c46433d780de6cc",
		"1700000000.a long name with blanks \xe3\x81\x82": "c486a09d2540f7f672aba2b22f650f2c",
	} {
		if got := builtInUIDL(unique); got != want {
			t.Errorf("%q: %q, want %q", unique, got, want)
		}
		dir := newMaildir(t, "cur/"+unique+":2,")
		wantUIDLs(t, open(t, dir, Options{}), want)
	}
	for text, want := range map[string]uint64{"": 0xefd01f60ba992926, "1700000000.M1P1.host": 0x9b892def6124dedf, "old-1": 0x25e25fafb7b46b57} {
		if got := hashOf(text); got != want {
			t.Errorf("hash of %q: %#x, want %#x", text, got, want)
		}
	}
}

// Most mailboxes have no file, and keep none.
func TestServedIsRare(t *testing.T) {
	for name, s := range map[string]*site{"names": newSite(t, 40, false), "illegal names": newSite(t, 0, false)} {
		deliver(t, s.dir, "cur/a b:2,", "")
		deliver(t, s.dir, "cur/1.a:2,", "one")
		deliver(t, s.dir, "new/1.a", "another")
		if _, err := s.logIn(t); err != nil {
			t.Fatal(name, err)
		}
		wantNoFile(t, s.dir, servedName, servedNewName)
	}
	s := newSite(t, 3, true)
	for range 2 {
		if _, err := s.logIn(t); err != nil {
			t.Fatal(err)
		}
	}
	first := inode(t, filepath.Join(s.dir, servedName))
	deliver(t, s.dir, "cur/"+s.names[0]+":2,", "twin")
	remove(t, s.dir, "cur/"+s.names[1]+":2,S")
	if _, err := s.logIn(t); err != nil || inode(t, filepath.Join(s.dir, servedName)) != first {
		t.Errorf("written again: %v", err) // It has all that there is.
	}
}

func inode(t *testing.T, path string) uint64 {
	t.Helper()
	var stat unix.Stat_t
	if err := unix.Lstat(path, &stat); err != nil {
		t.Fatal(err)
	}
	return stat.Ino
}

// A mailbox from memory or an index is not compared again, and costs nothing more.
func TestServedAllocations(t *testing.T) {
	s := newSite(t, 300, true)
	s.options.Cache = NewCache(1 << 20)
	if _, err := s.logIn(t); err != nil {
		t.Fatal(err)
	}
	count := func(served bool) float64 {
		s.options.Served = served
		return testing.AllocsPerRun(20, func() {
			m, err := Open(t.Context(), nil, s.dir, s.options)
			if err != nil {
				t.Fatal(err)
			}
			_ = m.Close()
		})
	}
	age(t, s.dir)
	count(true)
	if with, without := count(true), count(false); with > without {
		t.Errorf("%v allocations, without %v", with, without)
	}
	deliver(t, s.dir, servedName, "damaged")
	count(true) // From memory it is not even read.
	if text, err := os.ReadFile(filepath.Join(s.dir, servedName)); err != nil || string(text) != "damaged" {
		t.Errorf("%q, %v", text, err)
	}
}

// A file of any other kind or content is as none, is replaced if it can be, and
// never refuses a login.
func TestServedOdd(t *testing.T) {
	s := newSite(t, 10, true)
	if _, err := s.logIn(t); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(s.dir, servedName)
	good, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	deliver(t, s.dir, "elsewhere", string(good))
	odd := map[string]func() error{
		"empty":     func() error { return os.WriteFile(path, nil, 0o600) },
		"cut":       func() error { return os.WriteFile(path, good[:len(good)-1], 0o600) },
		"flipped":   func() error { return os.WriteFile(path, append([]byte("t"), good[1:]...), 0o600) },
		"longer":    func() error { return os.WriteFile(path, append(slices.Clone(good), 0), 0o600) },
		"huge":      func() error { return errors.Join(os.WriteFile(path, good, 0o600), os.Truncate(path, 1<<40)) },
		"link":      func() error { return os.Symlink("elsewhere", path) },
		"FIFO":      func() error { return unix.Mkfifo(path, 0o600) },
		"directory": func() error { return os.Mkdir(path, 0o700) },
	}
	for name, make := range odd {
		t.Run(name, func(t *testing.T) {
			if err := errors.Join(os.RemoveAll(path), make()); err != nil {
				t.Fatal(err)
			}
			if got, err := s.logIn(t); err != nil || got[0] != "old-0" {
				t.Fatal(got, err)
			}
			text, err := os.ReadFile(path)
			if name != "directory" && (err != nil || !bytes.Equal(text, good)) {
				t.Errorf("%x, %v", text, err)
			}
			if err := Accept(t.Context(), nil, s.dir, s.options); (err != nil) != (name == "directory") {
				t.Errorf("Accept() = %v", err)
			}
		})
	}
}

// If the file cannot be written, users log in all the same.
func TestServedUnwritable(t *testing.T) {
	s := newSite(t, 10, true)
	owner := someUser(t, s.dir)
	deliver(t, s.dir, lockFile, "")
	if owner != nil {
		giveTo(t, owner, s.dir)
	}
	log, text := logger()
	s.options.Log, s.options.Index = log, false
	restrict(t, s.dir, 0o555)
	if err := os.Mkdir(filepath.Join(s.dir, "x"), 0o700); err == nil && owner == nil {
		t.Skip("this user may write anywhere")
	}
	m, err := Open(t.Context(), owner, s.dir, s.options)
	if err != nil {
		t.Fatal(err)
	}
	wantUIDLs(t, m, uidls(m)...)
	_ = m.Close()
	if !strings.Contains(text.String(), "tpops_served not written") {
		t.Error(text.String())
	}
	if err := Accept(t.Context(), owner, s.dir, s.options); err == nil {
		t.Error("Accept() reports nothing")
	}
}

// A writer that was killed does not keep others from writing for ever.
func TestServedStale(t *testing.T) {
	s := newSite(t, 10, true)
	deliver(t, s.dir, servedNewName, "half")
	if err := (&served{}).write(openFD(t, s.dir), false); err != nil {
		t.Fatal(err)
	}
	wantNoFile(t, s.dir, servedName) // Its writer may be at work.
	if err := Accept(t.Context(), nil, s.dir, s.options); err != nil {
		t.Fatal(err) // This one has the lock.
	}
	wantNoFile(t, s.dir, servedNewName)
	if _, err := os.Stat(filepath.Join(s.dir, servedName)); err != nil {
		t.Error(err)
	}
}

func openFD(t *testing.T, dir string) int {
	t.Helper()
	fd, err := unix.Open(dir, unix.O_RDONLY|unix.O_CLOEXEC, 0)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = unix.Close(fd) })
	return fd
}

// Many sessions without a lock write the same file.
func TestServedTogether(t *testing.T) {
	s := newSite(t, 50, true)
	s.options.Lock = false
	var all sync.WaitGroup
	for range 8 {
		all.Go(func() {
			m, err := Open(t.Context(), nil, s.dir, s.options)
			if err != nil {
				t.Error(err)
				return
			}
			_ = m.Close()
		})
	}
	all.Wait()
	if got, err := readServed(openFD(t, s.dir)); err != nil || got == nil || len(got.given) != 50 {
		t.Errorf("%v, %v", got, err)
	}
	wantNoFile(t, s.dir, servedNewName)
}

// An import is accepted with what it writes, also over names that were served.
func TestServedImport(t *testing.T) {
	s := newSite(t, 20, false)
	if _, err := s.logIn(t); err != nil {
		t.Fatal(err)
	}
	for round := range 2 {
		var text strings.Builder
		for k, name := range s.names {
			fmt.Fprintf(&text, "%s\tround%d-%d\n", name, round, k)
		}
		survey, err := OpenSurvey(t.Context(), nil, s.dir, nil, nil)
		if err != nil {
			t.Fatal(err)
		}
		err = survey.Write(t.Context(), text.String())
		survey.Close()
		if err != nil {
			t.Fatal(err)
		}
		s.check(t, false)
		if got, err := s.logIn(t); err != nil || got[0] != fmt.Sprintf("round%d-0", round) {
			t.Fatal(got, err)
		}
	}
	remove(t, s.dir, uidlFile)
	s.check(t, true)
}

// The event of a refused login has the numbers and the command.
func TestTripwireEvent(t *testing.T) {
	s := newSite(t, 10, true)
	if _, err := s.logIn(t); err != nil {
		t.Fatal(err)
	}
	remove(t, s.dir, uidlFile)
	log, text := logger()
	s.options.Log = log
	if _, err := s.logIn(t); err == nil {
		t.Fatal("not refused")
	}
	for _, part := range []string{"UIDL change refused", "maildir=" + s.dir, "10 of 10 messages", "tpopsctl accept " + s.dir} {
		if !strings.Contains(text.String(), part) {
			t.Errorf("%s: without %q", text.String(), part)
		}
	}
	if err := Accept(t.Context(), nil, s.dir+"-none", s.options); !errors.Is(err, ErrNoMaildir) {
		t.Errorf("no Maildir: %v", err)
	}
	if err := Foresee(t.Context(), nil, s.dir+"-none", s.options); !errors.Is(err, ErrNoMaildir) {
		t.Errorf("no Maildir: %v", err)
	}
}

// Foresee finds what an unlisted Maildir of another server needs.
func TestForeseeForeign(t *testing.T) {
	dir := newMaildir(t, "new/1.a", "dovecot-uidlist")
	options := wired
	options.Refuse = true
	if err := Foresee(t.Context(), nil, dir, options); !errors.Is(err, ErrForeign) {
		t.Error(err)
	}
	wantNoFile(t, dir, lockFile, indexName)
	if err := Accept(t.Context(), nil, dir, options); err != nil {
		t.Fatal(err)
	}
	if err := Foresee(t.Context(), nil, dir, options); err != nil {
		t.Error(err)
	}
	wantUIDLs(t, open(t, dir, options), "1.a")
}

// The limits of what is explained.
func TestIsFar(t *testing.T) {
	for _, tt := range []struct {
		changed, compared int
		want              bool
	}{
		{0, 0, false}, {1, 1, false}, {1, 2, false}, {2, 2, true}, {2, 3, true}, {2, 4, true}, {2, 5, false}, {5, 10, true},
		{5, 11, false}, {6, 11, true}, {6, 256, true}, {5, 256, false}, {6, 299, true}, {6, 300, false}, {100_000, 100_000, true},
	} {
		if got := (drift{tt.compared, tt.changed}).isFar(); got != tt.want {
			t.Errorf("%d of %d: %v", tt.changed, tt.compared, got)
		}
	}
}

// FuzzServed reads anything as a tpops_served. What is taken is the same when it is
// written again.
func FuzzServed(f *testing.F) {
	for _, s := range []*served{{}, {given: []servedUIDL{{1, 2}, {3, 4}}, byRule: []uint64{5, 6}}} {
		f.Add(s.encode(), false)
		f.Add(s.encode(), true)
	}
	f.Fuzz(func(t *testing.T, content []byte, seal bool) {
		if seal && len(content) >= servedHead {
			content = bytes.Clone(content)
			sum := servedSum(content)
			content[20], content[21], content[22], content[23] = byte(sum), byte(sum>>8), byte(sum>>16), byte(sum>>24)
		}
		s, err := parseServed(content)
		if err != nil {
			return
		}
		if !bytes.Equal(s.encode(), content) {
			t.Errorf("%x became %x", content, s.encode())
		}
		if !s.contains(s) {
			t.Errorf("%x does not contain itself", content)
		}
		s.drifts(numbered{table: namedTable(20), uidls: &uidlSet{}})
	})
}
