package maildir

import (
	"context"
	"encoding/binary"
	"os"
	"slices"
	"strings"
	"testing"

	"golang.org/x/sys/unix"
)

// direntOf returns an entry as the kernel writes it.
func direntOf(name string, kind byte) []byte {
	length := (direntName + len(name) + 1 + 7) &^ 7
	entry := make([]byte, length)
	binary.NativeEndian.PutUint16(entry[direntLength:], uint16(length))
	entry[direntKind] = kind
	copy(entry[direntName:], name)
	return entry
}

func TestDirents(t *testing.T) {
	two := slices.Concat(direntOf("1.a", unix.DT_REG), direntOf("a name of more than eight octets", unix.DT_LNK))
	tooLong := direntOf("x", unix.DT_REG)
	binary.NativeEndian.PutUint16(tooLong[direntLength:], 1000)
	zero := direntOf("x", unix.DT_REG)
	binary.NativeEndian.PutUint16(zero[direntLength:], 0)
	tests := []struct {
		name string
		buf  []byte
		want []string
		err  error
	}{
		{"empty", nil, nil, nil},
		{"two", two, []string{"1.a", "a name of more than eight octets"}, nil},
		{"cut within a name", two[:len(two)-8], []string{"1.a"}, errDirent},
		{"cut within a head", two[:len(two)-len(two)/2+5], []string{"1.a"}, errDirent},
		{"length beyond the buffer", tooLong, nil, errDirent},
		{"length that would never end", zero, nil, errDirent},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			var got []string
			var err error
			for entry, e := range dirents(tt.buf) {
				if err = e; err == nil {
					got = append(got, string(entry.name))
				}
			}
			if !slices.Equal(got, tt.want) || err != tt.err {
				t.Errorf("got %q, %v; want %q, %v", got, err, tt.want, tt.err)
			}
		})
	}
}

// A directory is read in several pieces and gives what package os finds.
func TestReadDir(t *testing.T) {
	dir := newMaildir(t)
	for _, long := range []int{1, 7, 8, 100, 255} {
		for _, c := range "abcdefgh" {
			deliver(t, dir, "cur/"+strings.Repeat(string(c), long), "")
		}
	}
	fd, err := unix.Open(dir+"/cur", unix.O_RDONLY|unix.O_DIRECTORY, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer unix.Close(fd)
	var got, want []string
	err = readDir(fd, make([]byte, 512), context.Background().Err, func(entry dirent) error {
		if name := string(entry.name); name != "." && name != ".." {
			got = append(got, name)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	entries, err := os.ReadDir(dir + "/cur")
	if err != nil {
		t.Fatal(err)
	}
	for _, entry := range entries {
		want = append(want, entry.Name())
	}
	slices.Sort(got)
	if !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
}

// Whatever the buffer holds, reading it ends, and stays within it.
func FuzzDirents(f *testing.F) {
	f.Fuzz(func(t *testing.T, buf []byte) {
		octets, failed := 0, false
		for entry, err := range dirents(buf) {
			if failed {
				t.Fatal("an entry after the error")
			}
			failed = err != nil
			octets += direntName + len(entry.name)
		}
		if !failed && octets > len(buf) {
			t.Errorf("%d octets of entries in %d", octets, len(buf))
		}
	})
}
