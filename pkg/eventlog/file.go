package eventlog

import (
	"errors"
	"os"
	"sync/atomic"

	"tpops/pkg/osuser"
)

// file is a log file, which may be unset. Each line is appended with one write, so that
// goroutines and processes that share the file never break a line. It is not buffered:
// the line of a session is written when the session ends, even if the process is killed
// then.
type file struct{ open atomic.Pointer[os.File] }

// openFile opens a log file. It returns nil for an empty name.
func openFile(name string) (*os.File, error) {
	if name == "" {
		return nil, nil
	}
	return osuser.OpenFile(name, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o640)
}

// write writes a line. If the file is replaced meanwhile, the line goes to the old or
// the new one.
func (f *file) write(line []byte) error {
	for {
		to := f.open.Load()
		if to == nil {
			return nil
		}
		_, err := to.Write(line)
		if !errors.Is(err, os.ErrClosed) || f.open.Load() == to {
			return err
		}
	}
}

// replace replaces the file by to, which may be nil, and closes the old one.
func (f *file) replace(to *os.File) error {
	if old := f.open.Swap(to); old != nil {
		return old.Close()
	}
	return nil
}
