package main

import (
	"fmt"
	"os"
	"strconv"
	"strings"
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
	f, err := os.OpenFile(name, os.O_RDWR|os.O_CREATE|os.O_TRUNC, 0o644)
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
	text, err := os.ReadFile(f.Name())
	if err != nil || strings.TrimSpace(string(text)) != strconv.Itoa(os.Getpid()) {
		return
	}
	if os.Remove(f.Name()) != nil {
		_ = f.Truncate(0) // A file without a number tells that nobody is there.
	}
}
