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

// TestAppend checks that a file has whole lines only after its disk was full.
func TestAppend(t *testing.T) {
	const line = "a line that is longer than there is room for\n"
	for what, room := range map[string]int{"no room": 0, "room for a part": 10, "room for all but the line end": len(line) - 1, "room": len(line)} {
		t.Run(what, func(t *testing.T) {
			name, text, free := fullDisk(t, room)
			f, err := os.OpenFile(name, os.O_WRONLY|os.O_APPEND, 0)
			if err != nil {
				t.Fatal(err)
			}
			defer f.Close()
			isTorn, err := Append(f, []byte(line))
			want := text
			if room == len(line) {
				want += line
			}
			if isTorn || (want == text) != errors.Is(err, unix.ENOSPC) {
				t.Errorf("%t, %v", isTorn, err)
			}
			free()
			if _, err := Append(f, []byte("next\n")); err != nil {
				t.Error(err)
			}
			if got, err := os.ReadFile(name); err != nil || string(got) != want+"next\n" {
				t.Errorf("%q, %v", got[len(text):], err)
			}
		})
	}
}

// TestAppendOnly checks that a part is reported that cannot be cut off.
func TestAppendOnly(t *testing.T) {
	name, text, free := fullDisk(t, 10)
	f, err := os.OpenFile(name, os.O_WRONLY|os.O_APPEND, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	setAppendOnly(t, f, true)
	isTorn, err := Append(f, []byte("a line that is too long\n"))
	if !isTorn || !errors.Is(err, unix.ENOSPC) {
		t.Errorf("%t, %v", isTorn, err)
	}
	if isTorn, err := Append(f, []byte("next\n")); isTorn || !errors.Is(err, unix.ENOSPC) {
		t.Errorf("no octet: %t, %v", isTorn, err)
	}
	setAppendOnly(t, f, false)
	free()
	if got, err := os.ReadFile(name); err != nil || string(got) != text+"a line tha" {
		t.Errorf("%q, %v", got, err)
	}
}

// setAppendOnly sets or removes the attribute a of chattr(1).
func setAppendOnly(t *testing.T, f *os.File, on bool) {
	t.Helper()
	flags := 0
	if on {
		flags = 0x20 // FS_APPEND_FL in linux/fs.h
	}
	if err := unix.IoctlSetPointerInt(int(f.Fd()), unix.FS_IOC_SETFLAGS, flags); err != nil {
		t.Fatalf("attributes on a tmpfs need Linux 6.6: %v", err)
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
