package maildir

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"golang.org/x/sys/unix"

	"tpops/pkg/pop3"
)

// scannerOf returns a scanner of a Maildir.
func scannerOf(t testing.TB, dir string) *scanner {
	t.Helper()
	fd, err := openDir(unix.AT_FDCWD, dir, unix.O_RDONLY)
	if err != nil {
		t.Fatal(err)
	}
	s := newStore(nil, &Options{})
	s.use(fd)
	t.Cleanup(s.close)
	return newScanner(t.Context(), &s, &sumCache{})
}

func mustScan(t testing.TB, dir string) *table {
	t.Helper()
	got, err := scannerOf(t, dir).table()
	if err != nil {
		t.Fatal(err)
	}
	return got
}

// names returns the names of the files of t with their directories.
func (t *table) allNames() []string {
	names := []string{}
	for _, f := range t.files {
		names = append(names, subNames[f.sub]+"/"+t.name(f))
	}
	return names
}

func wantNames(t *testing.T, got *table, want ...string) {
	t.Helper()
	if names := got.allNames(); !slices.Equal(names, want) {
		t.Errorf("found %q, want %q", names, want)
	}
}

func TestScanOrder(t *testing.T) {
	dir := newMaildir(t, "cur/10.a:2,S", "cur/9.b:2,", "new/2.x", "cur/mail", "new/10.B", "new/002.a")
	wantNames(t, mustScan(t, dir), "cur/mail", "new/002.a", "new/2.x", "cur/9.b:2,", "new/10.B", "cur/10.a:2,S")
}

// What is no regular file is no message, and nothing waits for it.
func TestScanOnlyFiles(t *testing.T) {
	dir := newMaildir(t, "cur/1.message", "cur/.2.hidden", "new/.3.hidden", "tmp/4.tmp")
	cur := filepath.Join(dir, "cur")
	listener, err := net.ListenUnix("unix", &net.UnixAddr{Name: filepath.Join(cur, "8.socket")})
	if err != nil {
		t.Fatal(err)
	}
	defer listener.Close()
	if err := errors.Join(
		os.Mkdir(filepath.Join(cur, "5.directory"), 0o755),
		os.Symlink("1.message", filepath.Join(cur, "6.link")),
		os.Symlink("/etc/passwd", filepath.Join(dir, "new", "6.outside")),
		os.Symlink("nowhere", filepath.Join(cur, "6.dangling")),
		unix.Mkfifo(filepath.Join(cur, "7.fifo"), 0o600),
	); err != nil {
		t.Fatal(err)
	}
	if os.Geteuid() == 0 { // 1,5 is /dev/zero
		if err := unix.Mknod(filepath.Join(cur, "9.device"), unix.S_IFCHR|0o600, int(unix.Mkdev(1, 5))); err != nil {
			t.Fatal(err)
		}
	}
	for _, options := range []Options{{}, {UseFilesize: true}} {
		m := open(t, dir, options)
		wantUIDLs(t, m, "1.message")
	}
}

// The same holds where the file system does not tell kinds. What is gone may
// have been renamed.
func TestIsMessageUnknown(t *testing.T) {
	dir := newMaildir(t, "cur/1.message")
	if err := os.Symlink("1.message", filepath.Join(dir, "cur/2.link")); err != nil {
		t.Fatal(err)
	}
	fd, err := openDir(unix.AT_FDCWD, dir+"/cur", unix.O_RDONLY)
	if err != nil {
		t.Fatal(err)
	}
	defer unix.Close(fd)
	for name, want := range map[string]bool{"1.message": true, "2.link": false, "3.gone": true} {
		if got := isMessage(fd, dirent{kind: unix.DT_UNKNOWN, name: []byte(name)}); got != want {
			t.Errorf("%s: %v, want %v", name, got, want)
		}
	}
}

// pacer is a context that does something whenever a directory is read on.
type pacer struct {
	context.Context
	step func()
}

func (p pacer) Err() error {
	p.step()
	return p.Context.Err()
}

// A message that moves from new to cur, or gets another flag, while they are
// read is one message.
func TestScanRace(t *testing.T) {
	for name, move := range map[string][][2]string{
		"new to cur": {{"new/1.a", "cur/1.a:2,S"}},
		"cur to new": {{"cur/3.c:2,", "new/3.c"}},
		"flags":      {{"cur/3.c:2,", "cur/3.c:2,S"}},
		"many":       {{"new/1.a", "cur/1.a:2,"}, {"cur/3.c:2,", "new/3.c"}, {"cur/1.a:2,", "new/1.a"}, {"new/2.b", "cur/2.b:2,T"}},
	} {
		for at := range 6 {
			t.Run(fmt.Sprintf("%s at %d", name, at), func(t *testing.T) {
				dir := newMaildir(t, "new/1.a", "new/2.b", "cur/3.c:2,")
				s := scannerOf(t, dir)
				calls := 0
				s.ctx = pacer{t.Context(), func() {
					if i := calls - at; 0 <= i && i < len(move) {
						rename(t, dir, move[i][0], move[i][1])
					}
					calls++
				}}
				got, err := s.table()
				if err != nil {
					t.Fatal(err)
				}
				var unique []string
				for _, f := range got.files {
					unique = append(unique, got.unique(f))
				}
				if !slices.Equal(unique, []string{"1.a", "2.b", "3.c"}) || got.twins != nil {
					t.Errorf("found %q, %v", got.allNames(), got.twins)
				}
			})
		}
	}
}

// A message whose file has two names, as while link and unlink move it, is one
// message.
func TestScanHardLink(t *testing.T) {
	dir := newMaildir(t, "new/1.a")
	if err := os.Link(dir+"/new/1.a", dir+"/cur/1.a:2,S"); err != nil {
		t.Fatal(err)
	}
	wantNames(t, mustScan(t, dir), "cur/1.a:2,S")
}

// Of files with one unique name those with the same content are one message.
func TestScanTwins(t *testing.T) {
	dir := newMaildir(t, "cur/2.b")
	for name, text := range map[string]string{"new/1.a": "one", "cur/1.a:2,S": "two", "cur/1.a:2,": "one", "cur/1.a:2,F": "three"} {
		deliver(t, dir, name, text)
	}
	got := mustScan(t, dir)
	if len(got.files) != 4 || len(got.copies) != 1 || got.name(got.copies[0]) != "1.a" {
		t.Fatalf("found %q and %d copies", got.allNames(), len(got.copies))
	}
	for i, f := range got.files {
		if id, known := got.identity(f); known != (i < 3) || known && id.ino == 0 {
			t.Errorf("%s: identity %v, %v", got.name(f), id, known)
		}
	}
}

func TestScanTooMany(t *testing.T) {
	dir := newMaildir(t, "cur/1.aaaa", "new/2.bbbb")
	s := scannerOf(t, dir)
	s.limit = len("1.aaaa2.bbbb")
	if _, err := s.table(); err != nil {
		t.Errorf("at the limit: %v", err)
	}
	s = scannerOf(t, dir)
	s.limit = len("1.aaaa2.bbbb") - 1
	if _, err := s.table(); !errors.Is(err, pop3.ErrPermanent) {
		t.Errorf("above the limit: %v, want ErrPermanent", err)
	}
}

func TestScanCancelled(t *testing.T) {
	s := scannerOf(t, newMaildir(t, "cur/1.a"))
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	s.ctx = ctx
	if _, err := s.table(); !errors.Is(err, context.Canceled) {
		t.Errorf("scan: %v, want Canceled", err)
	}
}
