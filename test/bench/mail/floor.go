package mail

import (
	"bytes"
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
		if err := readFile(fd, name, buf, func([]byte) {}); err != nil {
			return 0, fmt.Errorf("read %s: %w", name, err)
		}
	}
	return len(names), nil
}

// readFile passes the content of a file on, in pieces.
func readFile(dir int, name string, buf []byte, do func([]byte)) error {
	fd, err := unix.Openat(dir, name, unix.O_RDONLY|unix.O_CLOEXEC, 0)
	if err != nil {
		return err
	}
	defer unix.Close(fd)
	for {
		n, err := unix.Read(fd, buf)
		if n <= 0 || err != nil {
			return err
		}
		do(buf[:n])
	}
}

// Take reads the messages in a directory of a Maildir, gives them the line ends of POP3, and
// removes them. It returns how many there were. It is the least that a server can do with files
// for a client that fetches and deletes them.
func Take(dir, sub string) (int, error) {
	names, err := read(dir + "/" + sub)
	if err != nil {
		return 0, err
	}
	fd, err := unix.Open(dir+"/"+sub, unix.O_RDONLY|unix.O_DIRECTORY|unix.O_CLOEXEC, 0)
	if err != nil {
		return 0, err
	}
	defer unix.Close(fd)
	buf, wire := make([]byte, 64<<10), make([]byte, 0, 128<<10)
	for _, name := range names {
		err := readFile(fd, name, buf, func(text []byte) { wire = appendWire(wire[:0], text) })
		if err == nil {
			err = unix.Unlinkat(fd, name, 0)
		}
		if err != nil {
			return 0, fmt.Errorf("take %s: %w", name, err)
		}
	}
	return len(names), nil
}

// appendWire appends a text with the line ends of POP3.
func appendWire(wire, text []byte) []byte {
	for line := range bytes.Lines(text) {
		if end := len(line) - 1; line[end] == '\n' {
			wire = append(append(wire, line[:end]...), "\r\n"...)
		} else {
			wire = append(wire, line...)
		}
	}
	return wire
}

// Look asks for the states of cur and new, which show whether a mailbox has changed.
func Look(dir string) error {
	var stat unix.Stat_t
	return errors.Join(unix.Stat(dir+"/new", &stat), unix.Stat(dir+"/cur", &stat))
}

// List returns the names in cur/ and new/ of a Maildir, as the system returns
// them: neither sorted nor looked at.
func List(dir string) ([]string, error) {
	var all []string
	for _, sub := range []string{"/cur", "/new"} {
		names, err := read(dir + sub)
		if err != nil {
			return nil, err
		}
		all = append(all, names...)
	}
	return all, nil
}

// read returns the names in a directory.
func read(dir string) ([]string, error) {
	d, err := os.Open(dir)
	if err != nil {
		return nil, err
	}
	defer d.Close()
	names, err := d.Readdirnames(-1)
	if errors.Is(err, io.EOF) {
		err = nil
	}
	return names, err
}
