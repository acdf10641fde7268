package maildir

import (
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/sys/unix"
)

// The text of a message is that of its file, however it is read. A small one needs
// no second read(2).
func TestMessageOctets(t *testing.T) {
	for _, octets := range []int{0, 1, 14, 15, 16, mostWhole - 1, mostWhole, mostWhole + 1, 3 * mostWhole} {
		dir := newMaildir(t)
		want := strings.Repeat("text\n", octets/5+1)[:octets]
		deliver(t, dir, "cur/1.a", want)
		r, err := open(t, dir, Options{}).Open(t.Context(), 1)
		if err != nil {
			t.Fatal(err)
		}
		defer r.Close()
		if _, isWhole := r.(*wholeMessage); isWhole != (octets <= mostWhole) {
			t.Errorf("%d octets: read when it was opened: %v", octets, isWhole)
		}
		if text, err := io.ReadAll(r); err != nil || string(text) != want {
			t.Errorf("%d octets: %d, %v", octets, len(text), err)
		}
	}
}

// A small message is all that it was when it was opened, or is not sent as whole:
// a file that becomes shorter shows as an error where it is not in memory.
func TestMessageShortened(t *testing.T) {
	for octets, want := range map[int]error{100: nil, mostWhole + 1: io.ErrUnexpectedEOF} {
		dir := newMaildir(t)
		deliver(t, dir, "cur/1.a", strings.Repeat("t", octets))
		r, err := open(t, dir, Options{}).Open(t.Context(), 1)
		if err != nil {
			t.Fatal(err)
		}
		defer r.Close()
		if err := os.Truncate(filepath.Join(dir, "cur/1.a"), 10); err != nil {
			t.Fatal(err)
		}
		text, err := io.ReadAll(r)
		if !errors.Is(err, want) || want == nil && len(text) != octets {
			t.Errorf("%d octets: %d, %v, want %v", octets, len(text), err, want)
		}
	}
}

// A file that became shorter between fstat(2) and read(2) is not taken for a whole
// message.
func TestReadWholeShort(t *testing.T) {
	path := filepath.Join(t.TempDir(), "message")
	if err := os.WriteFile(path, []byte("text\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	fd, stat, err := openRegular(unix.AT_FDCWD, path, os.O_RDONLY)
	if err != nil {
		t.Fatal(err)
	}
	defer fdReader(fd).Close()
	if readWhole(fd, stat) == nil {
		t.Error("a whole file was not read")
	}
	stat.Size++
	if readWhole(fd, stat) != nil {
		t.Error("a part of a file was taken for the whole")
	}
}
