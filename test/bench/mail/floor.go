package mail

import (
	"errors"
	"fmt"
	"io"
	"os"

	"golang.org/x/sys/unix"
)

// ReadAll reads every message of a Maildir and returns how many there are. It
// is the least that a server can do that has to know exact sizes: open, read to
// the end, close, and nothing with what it reads.
func ReadAll(dir string) (int, error) {
	names, err := List(dir)
	if err != nil {
		return 0, err
	}
	fd, err := unix.Open(dir+"/cur", unix.O_RDONLY|unix.O_DIRECTORY|unix.O_CLOEXEC, 0)
	if err != nil {
		return 0, err
	}
	defer unix.Close(fd)
	buf := make([]byte, 64<<10)
	for _, name := range names {
		if err := readFile(fd, name, buf); err != nil {
			return 0, fmt.Errorf("read %s: %w", name, err)
		}
	}
	return len(names), nil
}

func readFile(dir int, name string, buf []byte) error {
	fd, err := unix.Openat(dir, name, unix.O_RDONLY|unix.O_CLOEXEC, 0)
	if err != nil {
		return err
	}
	defer unix.Close(fd)
	for {
		if n, err := unix.Read(fd, buf); n <= 0 || err != nil {
			return err
		}
	}
}

// List returns the names in cur/ and new/ of a Maildir, as the system returns
// them: neither sorted nor looked at.
func List(dir string) ([]string, error) {
	var all []string
	for _, sub := range []string{"/cur", "/new"} {
		d, err := os.Open(dir + sub)
		if err != nil {
			return nil, err
		}
		names, err := d.Readdirnames(-1)
		d.Close()
		if err != nil && !errors.Is(err, io.EOF) {
			return nil, err
		}
		all = append(all, names...)
	}
	return all, nil
}
