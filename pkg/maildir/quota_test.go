package maildir

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/sys/unix"
)

func TestQuota(t *testing.T) {
	const head = "1000000S\n5555 5\n"
	tests := []struct {
		name          string
		deleted, gone []int
		want          string
	}{
		{"nothing deleted", nil, nil, ""},
		{"S= in the name", []int{1}, nil, "-1000 -1\n"},
		{"size of the file", []int{2}, nil, "-4 -1\n"},
		{"one line for all", []int{1, 2, 3}, nil, "-1004 -3\n"},
		{"what others removed is theirs to tell", []int{1, 2}, []int{1}, "-4 -1\n"},
		{"sums that do not fit", []int{1, 4}, nil, "-9223372036854775807 -2\n"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			names := []string{"cur/1.a,S=1000:2,", "new/2.b", "cur/3.c", "cur/4.d,S=9223372036854775807"}
			dir := newMaildir(t, names...)
			deliver(t, dir, "new/2.b", "text")
			deliver(t, dir, quotaFile, head)
			m := open(t, dir, Options{})
			for _, n := range tt.gone {
				remove(t, dir, names[n-1])
			}
			update(t, m, mark(tt.deleted, nil))
			if got, err := os.ReadFile(filepath.Join(dir, quotaFile)); string(got) != head+tt.want {
				t.Errorf("maildirsize %q, %v; want %q", got, err, head+tt.want)
			}
		})
	}
}

// The file is not made, and nothing else is written to in its place.
func TestQuotaUnusable(t *testing.T) {
	tests := []struct {
		name   string
		make   func(path string) error
		logged bool
	}{
		{"missing", func(string) error { return nil }, false},
		{"link", func(path string) error {
			return errors.Join(os.WriteFile(path+".target", nil, 0o600), os.Symlink(quotaFile+".target", path))
		}, false},
		{"directory", func(path string) error { return os.Mkdir(path, 0o755) }, false},
		{"FIFO", func(path string) error { return unix.Mkfifo(path, 0o600) }, false},
		{"read-only", func(path string) error { return os.WriteFile(path, nil, 0o400) }, true},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			dir := newMaildir(t, "cur/1.a")
			path := filepath.Join(dir, quotaFile)
			if err := tt.make(path); err != nil {
				t.Fatal(err)
			}
			log, text := logger()
			m := openAs(t, someUser(t, dir), dir, Options{Log: log})
			update(t, m, mark([]int{1}, nil))
			wantFiles(t, dir)
			if got, err := os.ReadFile(path + ".target"); len(got) != 0 {
				t.Errorf("written through a link: %q, %v", got, err)
			}
			if _, err := os.Lstat(path); (err != nil) != (tt.name == "missing") {
				t.Errorf("maildirsize: %v", err)
			}
			if logged := strings.Contains(text.String(), "maildirsize"); logged != tt.logged {
				t.Errorf("log: %q", text)
			}
		})
	}
}

// A full disk leaves no part of a line without a line end: another program would append its own.
func TestQuotaFullDisk(t *testing.T) {
	needRoot(t)
	disk := t.TempDir()
	mountSmall(t, disk)
	head := strings.Repeat("1", os.Getpagesize()-4) + "\n" // leaves room for three octets
	deliver(t, disk, quotaFile, head)
	if err := os.WriteFile(filepath.Join(disk, "filler"), make([]byte, 128<<10), 0o600); !errors.Is(err, unix.ENOSPC) {
		t.Fatalf("fill: %v", err)
	}
	fd, err := openDir(unix.AT_FDCWD, disk, unix.O_PATH)
	if err != nil {
		t.Fatal(err)
	}
	defer unix.Close(fd)
	if err := appendLine(fd, quotaFile, "-1000 -1\n"); !errors.Is(err, unix.ENOSPC) {
		t.Errorf("error %v", err)
	}
	if got, err := os.ReadFile(filepath.Join(disk, quotaFile)); string(got) != head+"-1\n" {
		t.Errorf("%q, %v", strings.TrimPrefix(string(got), head), err)
	}
}
