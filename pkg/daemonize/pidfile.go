package daemonize

import (
	"fmt"
	"io"
	"os"
	"strconv"
	"strings"

	"tpops/pkg/osuser"
)

// pidFile is a file that contains the id of this process. nil means that there is none.
type pidFile struct {
	file *os.File // stays open: after a change of user the directory may not be accessible
}

// WritePIDFile writes the process id to a file. It returns nil if name is "".
// It does not follow links that other users than root can change; see osuser.OpenFile.
// The caller calls Remove at the end. The error is that of the system.
func WritePIDFile(name string) (*pidFile, error) {
	if name == "" {
		return nil, nil
	}
	f, err := osuser.OpenFile(name, os.O_RDWR|os.O_CREATE|os.O_TRUNC, 0o644)
	if err != nil {
		return nil, fmt.Errorf("pid-file: %w", err)
	}
	if _, err := fmt.Fprintln(f, os.Getpid()); err != nil {
		_ = f.Close() // The error of the write gives the reason.
		return nil, fmt.Errorf("pid-file: %w", err)
	}
	return &pidFile{f}, nil
}

// Remove removes the file, or truncates it if it cannot be removed. It does not change a
// file that contains the id of another process, which has replaced this one.
func (f *pidFile) Remove() {
	if f == nil {
		return
	}
	defer f.file.Close()
	text, err := readPIDFile(f.file.Name())
	if err != nil || strings.TrimSpace(string(text)) != strconv.Itoa(os.Getpid()) {
		return
	}
	if osuser.Remove(f.file.Name()) != nil {
		_ = f.file.Truncate(0) // An empty file means that no daemon runs.
	}
}

// readPIDFile returns the beginning of the file's content.
func readPIDFile(name string) ([]byte, error) {
	f, err := osuser.OpenFile(name, os.O_RDONLY, 0)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	return io.ReadAll(io.LimitReader(f, 64))
}
