package maildir

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"tpops/pkg/pop3"
)

// indexing are the options of a process that knows nothing but an index.
func indexing() Options { return Options{Index: true, minIndexed: 1} }

// indexOf reads the index of a Maildir.
func indexOf(t *testing.T, dir string) *index {
	t.Helper()
	x, err := open(t, dir, Options{}).reader.index().open()
	if err != nil {
		t.Fatal(err)
	}
	return x
}

// indexSize returns the size of the index of a Maildir, -1 if there is none.
func indexSize(t *testing.T, dir string) int64 {
	t.Helper()
	info, err := os.Lstat(filepath.Join(dir, indexName))
	if errors.Is(err, os.ErrNotExist) {
		return -1
	}
	if err != nil {
		t.Fatal(err)
	}
	return info.Size()
}

// indexed returns a Maildir with three messages and an index that holds.
func indexed(t *testing.T) string {
	t.Helper()
	dir := newMaildir(t)
	for name, text := range map[string]string{"cur/1.a:2,S": "one\n", "cur/2.b": "two\nlines\n", "new/3 c": "three"} {
		deliver(t, dir, name, text)
	}
	awaitOld(t, dir)
	open(t, dir, indexing())
	return dir
}

// wantRead checks whether an open reads the directories: a file in cur that a
// changed index does not list is only found by that.
func wantRead(t *testing.T, dir string, options Options, want bool) {
	t.Helper()
	m := open(t, dir, options)
	now, err := m.look("")
	if err != nil {
		t.Fatal(err)
	}
	v, err := m.reader.fromIndex(t.Context(), now, m.reader.index().know(nil))
	if err != nil || (v == nil) != want {
		t.Errorf("from the index: %v, %v", v != nil, err)
	}
}

func TestIndexUnchanged(t *testing.T) {
	dir := indexed(t)
	before := indexSize(t, dir)
	wantRead(t, dir, indexing(), false)
	m := open(t, dir, indexing())
	wantSame(t, m, open(t, dir, Options{}))
	if got := read(t, m, 2); got != "two\nlines\n" {
		t.Errorf("message 2: %q", got)
	}
	if after := indexSize(t, dir); after != before {
		t.Errorf("the index has grown from %d to %d octets", before, after)
	}
	update(t, m, mark([]int{1}, []int{3}))
	wantFiles(t, dir, "cur/2.b", "cur/3 c:2,S")
}

// One new message is one record that is appended, and the only file opened.
func TestIndexDelivery(t *testing.T) {
	dir := indexed(t)
	before := indexSize(t, dir)
	// What the index has taken over is not opened again.
	restrict(t, filepath.Join(dir, "cur/2.b"), 0)
	owner := someUser(t, dir)
	deliver(t, dir, "tmp/4.d", "four\n\n")
	rename(t, dir, "tmp/4.d", "new/4.d")
	if owner != nil {
		giveTo(t, owner, dir)
	}
	awaitOld(t, dir)
	log, text := logger()
	options := indexing()
	options.Log = log
	m := openAs(t, owner, dir, options)
	if got := m.Listing().Message(2).Octets; got != 12 || strings.Contains(text.String(), "2.b") {
		t.Errorf("message 2: %d octets, log %q", got, text)
	}
	if got := m.Listing().Message(4); got.Octets != 8 || got.UIDL != "4.d" {
		t.Errorf("message 4: %+v", got)
	}
	if grown := indexSize(t, dir) - before; grown != int64(headOctets+recordOctets+len("4.d")+totalsOctets) {
		t.Errorf("the index has grown by %d octets", grown)
	}
	if err := os.Chmod(filepath.Join(dir, "cur/2.b"), 0o600); err != nil {
		t.Fatal(err)
	}
	wantRead(t, dir, indexing(), false)
	wantSame(t, open(t, dir, indexing()), open(t, dir, Options{}))
}

// After many changes all is written again.
func TestIndexCompacted(t *testing.T) {
	dir := newMaildir(t)
	options := indexing()
	options.Cache = NewCache(1 << 20)
	largest, shrunk := int64(0), false
	for round := range 12 {
		for i := range 100 {
			if round > 0 {
				remove(t, dir, fmt.Sprintf("cur/%d.a", round*100+i-100))
			}
			deliver(t, dir, fmt.Sprintf("cur/%d.a", round*100+i), "")
		}
		if err := open(t, dir, options).Close(); err != nil {
			t.Fatal(err)
		}
		size := indexSize(t, dir)
		shrunk = shrunk || size < largest
		largest = max(largest, size)
	}
	if !shrunk || largest > int64(maxChanges*(headOctets+recordOctets+8+totalsOctets)) {
		t.Errorf("at most %d octets, written again: %v", largest, shrunk)
	}
	wantSame(t, open(t, dir, indexing()), open(t, dir, Options{}))
}

// A small mailbox has no index, and one that has become small has none any more.
func TestIndexSmall(t *testing.T) {
	dir := newMaildir(t)
	for i := range minIndexed {
		deliver(t, dir, fmt.Sprintf("cur/%d.a", i), "")
	}
	awaitOld(t, dir)
	open(t, dir, Options{Index: true})
	if indexSize(t, dir) < 0 {
		t.Error("no index")
	}
	remove(t, dir, "cur/5.a")
	open(t, dir, Options{Index: true})
	if indexSize(t, dir) >= 0 {
		t.Error("a small mailbox has an index")
	}
}

// An index that is anything else than what was written is as good as none, and
// is written again.
func TestIndexDamaged(t *testing.T) {
	tests := []struct {
		name   string
		damage func(path string, content []byte) error
	}{
		{"removed", func(path string, _ []byte) error { return os.Remove(path) }},
		{"empty", func(path string, _ []byte) error { return os.Truncate(path, 0) }},
		{"cut within the head", func(path string, _ []byte) error { return os.Truncate(path, int64(headOctets-1)) }},
		{"cut after the head", func(path string, _ []byte) error { return os.Truncate(path, int64(headOctets)) }},
		{"cut within a record", func(path string, c []byte) error { return os.Truncate(path, int64(len(c))-1) }},
		{"sparse and huge", func(path string, _ []byte) error { return os.Truncate(path, 1<<40) }},
		{"sparse at the end", func(path string, c []byte) error { return os.Truncate(path, int64(len(c))+1<<26) }},
		{"other text", func(path string, _ []byte) error {
			return os.WriteFile(path, []byte(strings.Repeat("x\n", 500)), 0o600)
		}},
		{"another version", func(path string, c []byte) error { c[8]++; return os.WriteFile(path, c, 0o600) }},
		{"other settings", func(path string, c []byte) error { c[12] ^= 1; sealBlock(c); return os.WriteFile(path, c, 0o600) }},
		{"a number changed", func(path string, c []byte) error { c[headOctets]++; return os.WriteFile(path, c, 0o600) }},
		{"more records than there are", func(path string, c []byte) error {
			c[19] = 0xff
			sealBlock(c)
			return os.WriteFile(path, c, 0o600)
		}},
		{"a FIFO", func(path string, _ []byte) error { return errors.Join(os.Remove(path), unix.Mkfifo(path, 0o600)) }},
		{"a directory", func(path string, _ []byte) error { return errors.Join(os.Remove(path), os.Mkdir(path, 0o700)) }},
		{"a symbolic link", func(path string, c []byte) error {
			return errors.Join(os.Rename(path, path+".other"), os.Symlink(indexName+".other", path))
		}},
		{"a hard link", func(path string, c []byte) error { return os.Link(path, path+".other") }},
		{"being written for a long time", func(path string, _ []byte) error {
			return errors.Join(os.Remove(path), os.WriteFile(filepath.Join(filepath.Dir(path), indexNewName), []byte("x"), 0o600))
		}},
		{"what is written is a directory", func(path string, _ []byte) error {
			return errors.Join(os.Remove(path), os.Mkdir(filepath.Join(filepath.Dir(path), indexNewName), 0o700))
		}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			dir := indexed(t)
			path := filepath.Join(dir, indexName)
			content, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			if err := tt.damage(path, content); err != nil {
				t.Fatal(err)
			}
			checkOpenFiles(t, func() {
				for range 2 {
					m, fresh := open(t, dir, indexing()), open(t, dir, Options{})
					wantSame(t, m, fresh)
					_, _ = m.Close(), fresh.Close()
				}
			})
		})
	}
}

// An index that is damaged is written again at the next login.
func TestIndexHeals(t *testing.T) {
	dir := indexed(t)
	path := filepath.Join(dir, indexName)
	if err := os.Link(path, path+".other"); err != nil {
		t.Fatal(err)
	}
	open(t, dir, indexing())
	wantRead(t, dir, indexing(), false)
	other, err := os.Stat(path + ".other")
	if err != nil {
		t.Fatal(err)
	}
	if now, err := os.Stat(path); err != nil || os.SameFile(now, other) {
		t.Errorf("the index is still the file with two names: %v", err)
	}
	if err := os.Truncate(path, 100); err != nil {
		t.Fatal(err)
	}
	open(t, dir, indexing())
	wantRead(t, dir, indexing(), false)
}

// A block that was appended and is damaged takes the first one not with it:
// sizes stay known.
func TestIndexTornAppend(t *testing.T) {
	for _, cut := range []int64{1, 5, 20} {
		dir := indexed(t)
		deliver(t, dir, "cur/4.d", "four\n")
		awaitOld(t, dir)
		open(t, dir, indexing())
		size := indexSize(t, dir)
		if err := os.Truncate(filepath.Join(dir, indexName), size-cut); err != nil {
			t.Fatal(err)
		}
		x := indexOf(t, dir)
		if x.isWhole || len(x.table.files) != 3 {
			t.Errorf("%d octets cut: %d files, whole: %v", cut, len(x.table.files), x.isWhole)
		}
		wantSame(t, open(t, dir, indexing()), open(t, dir, Options{}))
		wantRead(t, dir, indexing(), false)
	}
}

// Two sessions that append at once damage only the index.
func TestIndexAppendedTwice(t *testing.T) {
	dir := indexed(t)
	first := open(t, dir, indexing())
	block, count := encodeChanges(first.snap.table, first.snap.table, *first.snap.file, first.reader.options.settings(), states{})
	for _, want := range []error{nil, errIndexChanged} {
		if _, err := appendIndex(first.dir, *first.snap.file, block, count); !errors.Is(err, want) {
			t.Errorf("append: %v, want %v", err, want)
		}
	}
	content, err := os.ReadFile(filepath.Join(dir, indexName))
	if err != nil {
		t.Fatal(err)
	}
	deliver(t, dir, indexName, string(content)+string(block)) // both were at the same place
	if x := indexOf(t, dir); x.isWhole || len(x.table.files) != 3 {
		t.Errorf("%d files, whole: %v", len(x.table.files), x.isWhole)
	}
	wantSame(t, open(t, dir, indexing()), open(t, dir, Options{}))
}

// Names that lead out of the directories, or that no message has, are refused.
func TestIndexHostileNames(t *testing.T) {
	for _, name := range []string{"../2.b", "/etc/passwd", "sub/1.a", "..", ".", ".hidden", "", "1.a\x00b"} {
		dir := indexed(t)
		m := open(t, dir, indexing())
		hostile := &table{names: name, files: []file{newFile(name, 0, inCur)}}
		hostile.files[0].octets = 1
		deliver(t, dir, indexName, string(encodeIndex(hostile, m.reader.options.settings(), m.snap.dirs)))
		if _, err := m.reader.index().open(); !errors.Is(err, errIndex) {
			t.Errorf("%q: %v", name, err)
		}
		wantSame(t, open(t, dir, indexing()), open(t, dir, Options{}))
	}
}

// An owner who writes an index that holds deceives only himself, and no UIDL
// leads to another message.
func TestIndexHostile(t *testing.T) {
	dir := indexed(t)
	m := open(t, dir, indexing())
	lie := &table{}
	for _, name := range []string{"1.a:2,", "1.b", "2.b", "7.none"} {
		f := newFile(name, len(lie.names), inCur)
		f.octets = 1 << 60
		lie.names += name
		lie.files = append(lie.files, f)
	}
	deliver(t, dir, indexName, string(encodeIndex(lie, m.reader.options.settings(), m.snap.dirs)))
	got := open(t, dir, indexing())
	for n := 1; n <= got.Listing().Len(); n++ {
		uidl := got.Listing().Message(n).UIDL
		text, err := got.Open(t.Context(), n)
		if errors.Is(err, pop3.ErrNoMessage) {
			continue
		}
		if err != nil {
			t.Fatal(err)
		}
		_ = text.Close()
		if want := map[string]string{"1.a": "one\n", "2.b": "two\nlines\n"}[uidl]; read(t, got, n) != want {
			t.Errorf("message %q is %q", uidl, read(t, got, n))
		}
	}
	if got.Listing().Octets() < 0 {
		t.Errorf("%d octets", got.Listing().Octets())
	}
}

// A file that is not what was measured has the index removed, and the next
// login measures it.
func TestIndexValidatedWhenOpened(t *testing.T) {
	for name, options := range map[string]Options{
		"index": indexing(), "memory": {Cache: NewCache(1 << 20)}, "both": {Index: true, minIndexed: 1, Cache: NewCache(1 << 20)},
	} {
		t.Run(name, func(t *testing.T) {
			dir := indexed(t)
			open(t, dir, options)
			path := filepath.Join(dir, "cur/1.a:2,S")
			if err := errors.Join(os.WriteFile(path, []byte("as long\nas this\n"), 0o600), os.Chtimes(path, time.Now(), time.Unix(1e9, 0))); err != nil {
				t.Fatal(err)
			}
			m := open(t, dir, options)
			if got := m.Listing().Message(1).Octets; got != 5 {
				t.Fatalf("%d octets: the file was opened", got)
			}
			if got := read(t, m, 1); got != "as long\nas this\n" {
				t.Errorf("text %q", got)
			}
			wantSame(t, open(t, dir, options), open(t, dir, Options{}))
		})
	}
}

// What cannot be written keeps no one from logging in.
func TestIndexFullDisk(t *testing.T) {
	dir := smallDisk(t, "cur/1.a", "cur/2.b")
	fillDisk(t, dir)
	for range 2 {
		if got := open(t, dir, indexing()).Listing().Len(); got != 2 {
			t.Errorf("%d messages", got)
		}
	}
	if indexSize(t, dir) >= 0 {
		t.Error("there is an index")
	}
	left, err := filepath.Glob(filepath.Join(dir, indexName+"*"))
	if err != nil || left != nil {
		t.Errorf("left: %v, %v", left, err)
	}
}

// The index belongs to the owner of the mail, and no one else can read it.
func TestIndexOwner(t *testing.T) {
	needRoot(t)
	dir := newMaildir(t, "cur/1.a")
	giveTo(t, alice, dir)
	openAs(t, alice, dir, indexing())
	var stat unix.Stat_t
	if err := unix.Lstat(filepath.Join(dir, indexName), &stat); err != nil {
		t.Fatal(err)
	}
	if stat.Uid != aliceID || stat.Gid != aliceID || stat.Mode&0o777 != 0o600 {
		t.Errorf("%d:%d, mode %o", stat.Uid, stat.Gid, stat.Mode)
	}
}

// Twins are distinguished as without an index.
func TestIndexTwins(t *testing.T) {
	dir := newMaildir(t)
	for name, text := range map[string]string{
		"new/1.a": "one", "cur/1.a:2,S": "two", "cur/1.a:2,": "one", "cur/1.a:2,F": "three", "cur/2.b": "x", "new/3.c": "y", "cur/3.c:2,": "y",
	} {
		deliver(t, dir, name, text)
	}
	awaitOld(t, dir)
	want := open(t, dir, Options{})
	for range 2 {
		wantSame(t, open(t, dir, indexing()), want)
	}
	wantRead(t, dir, indexing(), false)
	m := open(t, dir, indexing())
	for n := range m.Listing().Len() {
		if got, want := read(t, m, n+1), read(t, want, n+1); got != want {
			t.Errorf("message %d: %q, want %q", n+1, got, want)
		}
	}
	update(t, m, mark([]int{m.Listing().Len()}, nil))
	wantSame(t, open(t, dir, indexing()), open(t, dir, Options{}))
}

// Sessions of a process that has both use the index when memory has nothing,
// and write it for the next process.
func TestIndexAndMemory(t *testing.T) {
	dir := indexed(t)
	options := indexing()
	options.Cache = NewCache(1 << 20)
	open(t, dir, options)
	for i := range 3 {
		deliver(t, dir, fmt.Sprintf("new/%d.x", 10+i), "text\n")
		awaitOld(t, dir)
		wantSame(t, open(t, dir, options), open(t, dir, Options{}))
		wantRead(t, dir, indexing(), false)
	}
	remove(t, dir, "new/10.x", "cur/2.b")
	awaitOld(t, dir)
	wantSame(t, open(t, dir, options), open(t, dir, Options{}))
	wantRead(t, dir, indexing(), false)
	if x := indexOf(t, dir); x.file.changes != 0 && !slices.Equal(uniqueNames(x.table), []string{"1.a", "3 c", "11.x", "12.x"}) {
		t.Errorf("%q", uniqueNames(x.table))
	}
}

func uniqueNames(t *table) (names []string) {
	for _, f := range t.files {
		names = append(names, t.unique(f))
	}
	return names
}
