package eventlog

import (
	"errors"
	"os"
	"sync"
	"sync/atomic"

	"tpops/pkg/files"
	"tpops/pkg/osuser"
)

// file is a log file, which may be unset. Each line is appended with one write, so that
// goroutines and processes that share the file never break a line. It is not buffered:
// the line of a session is written when the session ends, even if the process is killed
// then.
type file struct{ open atomic.Pointer[lineFile] }

// lineFile is an open file in which each line begins on a line of its own, also after the disk was
// full. Goroutines may share it.
type lineFile struct {
	*os.File
	mu     sync.Mutex
	isTorn bool // it ends with a part of a line
}

// openFile opens a log file. It returns nil for an empty name. If a process was killed, or the
// machine went down, before a line was complete, openFile ends that line.
func openFile(name string) (*lineFile, error) {
	if name == "" {
		return nil, nil
	}
	f, err := osuser.OpenFile(name, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o640)
	if err != nil {
		return nil, err
	}
	l := &lineFile{File: f}
	if endsTorn(name) {
		_, err := f.WriteString("\n")
		l.isTorn = err != nil
	}
	return l, nil
}

// endsTorn reports whether a file ends with a part of a line. A file that cannot be read, or is
// a device, does not.
func endsTorn(name string) bool {
	f, err := osuser.OpenFile(name, os.O_RDONLY, 0)
	if err != nil {
		return false
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil || info.Size() == 0 {
		return false
	}
	var last [1]byte
	_, err = f.ReadAt(last[:], info.Size()-1)
	return err == nil && last[0] != '\n'
}

// append appends a line, or nothing after an error.
func (l *lineFile) append(line []byte) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.isTorn {
		line = append([]byte{'\n'}, line...)
	}
	isTorn, err := files.Append(l.File, line)
	l.isTorn = isTorn || l.isTorn && err != nil
	return err
}

// write writes a line. If the file is replaced meanwhile, the line goes to the old or
// the new one.
func (f *file) write(line []byte) error {
	for {
		to := f.open.Load()
		if to == nil {
			return nil
		}
		err := to.append(line)
		if !errors.Is(err, os.ErrClosed) || f.open.Load() == to {
			return err
		}
	}
}

// replace replaces the file by to, which may be nil, and closes the old one.
func (f *file) replace(to *lineFile) error {
	if old := f.open.Swap(to); old != nil {
		return old.Close()
	}
	return nil
}
