package main

import (
	"fmt"
	"io"
	"os"
	"strconv"
	"strings"

	"tpops/pkg/osuser"
)

// pidFile is the file of the parameter pid-file; nil if there is none.
type pidFile struct {
	*os.File // stays open: after a change of user its directory may be out of reach
}

// writePIDFile records the process id in a file, unless name is "".
func writePIDFile(name string) (*pidFile, error) {
	if name == "" {
		return nil, nil
	}
	f, err := osuser.OpenFile(name, os.O_RDWR|os.O_CREATE|os.O_TRUNC, 0o644)
	if err != nil {
		return nil, fmt.Errorf("pid-file: %w", err)
	}
	if _, err := fmt.Fprintln(f, os.Getpid()); err != nil {
		_ = f.Close() // The error of the write says more.
		return nil, fmt.Errorf("pid-file: %w", err)
	}
	return &pidFile{f}, nil
}

// remove removes the file, or empties it where it cannot be removed. One that
// has another process's number by now is that process's.
func (f *pidFile) remove() {
	if f == nil {
		return
	}
	defer f.Close()
	text, err := readPIDFile(f.Name())
	if err != nil || strings.TrimSpace(string(text)) != strconv.Itoa(os.Getpid()) {
		return
	}
	if osuser.Remove(f.Name()) != nil {
		_ = f.Truncate(0) // A file without a number tells that nobody is there.
	}
}

// readPIDFile returns the beginning of what the file holds now.
func readPIDFile(name string) ([]byte, error) {
	f, err := osuser.OpenFile(name, os.O_RDONLY, 0)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	return io.ReadAll(io.LimitReader(f, 64))
}
