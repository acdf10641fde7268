package files

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/sys/unix"
)

// fullDisk returns the name of a file with text on a disk that has room for so many more octets of
// the file, and a function that makes room.
func fullDisk(t *testing.T, room int) (name, text string, free func()) {
	t.Helper()
	if os.Geteuid() != 0 {
		t.Skip("only root can mount a small disk")
	}
	disk := t.TempDir()
	if err := unix.Mount("none", disk, "tmpfs", 0, "size=64k"); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := unix.Unmount(disk, unix.MNT_DETACH); err != nil {
			t.Error(err)
		}
	})
	name, filler := filepath.Join(disk, "log"), filepath.Join(disk, "filler")
	text = strings.Repeat("x", os.Getpagesize()-room-1) + "\n"
	if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filler, make([]byte, 128<<10), 0o600); !errors.Is(err, unix.ENOSPC) {
		t.Fatalf("fill: %v", err)
	}
	return name, text, func() {
		if err := os.Remove(filler); err != nil {
			t.Fatal(err)
		}
	}
}

// TestAppend checks that after the disk was full a part of a line is a line of its own, and the
// next line is whole, also that of another process.
func TestAppend(t *testing.T) {
	const line = "a line that is longer than there is room for\n"
	for what, tt := range map[string]struct {
		room int
		want string
	}{
		"no room": {0, ""}, "room for an octet": {1, "\n"}, "room for a part": {10, "a line th\n"},
		"room for all but the line end": {len(line) - 1, line[:len(line)-2] + "\n"}, "room": {len(line), line},
	} {
		t.Run(what, func(t *testing.T) {
			name, text, free := fullDisk(t, tt.room)
			f, other := openToAppend(t, name), openToAppend(t, name)
			isTorn, err := Append(f, []byte(line))
			if isTorn || (tt.want != line) != errors.Is(err, unix.ENOSPC) {
				t.Errorf("%t, %v", isTorn, err)
			}
			free()
			for _, f := range []*os.File{other, f} {
				if isTorn, err := Append(f, []byte("next\n")); isTorn || err != nil {
					t.Errorf("%t, %v", isTorn, err)
				}
			}
			checkText(t, name, text+tt.want+"next\nnext\n")
		})
	}
}

// openToAppend opens a file.
func openToAppend(t *testing.T, name string) *os.File {
	t.Helper()
	f, err := os.OpenFile(name, os.O_WRONLY|os.O_APPEND, 0)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { f.Close() })
	return f
}

// checkText checks what is in a file.
func checkText(t *testing.T, name, want string) {
	t.Helper()
	if got, err := os.ReadFile(name); err != nil || string(got) != want {
		t.Errorf("%q, want %q, %v", strings.TrimLeft(string(got), "x"), strings.TrimLeft(want, "x"), err)
	}
}

// TestAppendTogether checks that a line stays if another process writes it after a part that is not
// ended yet, and that a file stays empty if it is emptied then.
func TestAppendTogether(t *testing.T) {
	name := filepath.Join(t.TempDir(), "log")
	if err := os.WriteFile(name, []byte("first\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	f, other := openToAppend(t, name), openToAppend(t, name)
	for _, part := range []struct {
		f    *os.File
		text string
	}{{f, "part"}, {other, "other\n"}} {
		if _, err := part.f.WriteString(part.text); err != nil {
			t.Fatal(err)
		}
	}
	if err := endPart(f); err != nil {
		t.Error(err)
	}
	if _, err := f.WriteString("next\n"); err != nil {
		t.Error(err)
	}
	checkText(t, name, "first\npar\nother\nnext\n")
	if err := errors.Join(os.Truncate(name, 0), endPart(f)); err != nil {
		t.Error(err)
	}
	checkText(t, name, "")
}

// TestAppendTorn checks that a part is reported that cannot be ended: that in a pipe whose reader
// goes away.
func TestAppendTorn(t *testing.T) {
	out, in, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer in.Close()
	go func() {
		defer out.Close()
		_, _ = out.Read(make([]byte, 1)) // The result is that of Append.
	}()
	line := make([]byte, 4<<20) // more than any pipe holds
	if isTorn, err := Append(in, line); !isTorn || !errors.Is(err, unix.EPIPE) {
		t.Errorf("%t, %v", isTorn, err)
	}
	if isTorn, err := Append(in, line); isTorn || !errors.Is(err, unix.EPIPE) {
		t.Errorf("no octet: %t, %v", isTorn, err)
	}
}

// TestAppendToDevice checks a file that has no end.
func TestAppendToDevice(t *testing.T) {
	f, err := os.OpenFile("/dev/full", os.O_WRONLY|os.O_APPEND, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if isTorn, err := Append(f, []byte("line\n")); isTorn || !errors.Is(err, unix.ENOSPC) {
		t.Errorf("%t, %v", isTorn, err)
	}
}
