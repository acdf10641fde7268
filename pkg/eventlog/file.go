package eventlog

import (
	"errors"
	"os"
	"sync/atomic"

	"tpops/pkg/osuser"
)

// file is a log file, or none. Each line is one write at its end, so that
// goroutines and processes that share it never tear one. It is written to at
// once: a line is there when its session has ended, whatever happens to the
// process then.
type file struct{ open atomic.Pointer[os.File] }

// openFile opens a log file; without a name there is none, and no error.
func openFile(name string) (*os.File, error) {
	if name == "" {
		return nil, nil
	}
	return osuser.OpenFile(name, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o640)
}

// write writes a line. If the file is replaced meanwhile it goes to one of the
// two.
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

// replace makes to, nil for none, the file and closes the one before.
func (f *file) replace(to *os.File) error {
	if old := f.open.Swap(to); old != nil {
		return old.Close()
	}
	return nil
}
