package system

import (
	"errors"
	"fmt"
	"io"
	"os"
	"sync"
	"syscall"
	"time"

	"tpops/pkg/files"
)

// maxUserFile is the maximum size of a file of users, in octets: half a million rows.
const maxUserFile = 128 << 20

// settled is how old the last change of a file must be before the next change is sure to
// change its times, with any resolution of the file system.
const settled = 2 * time.Second

// userFile is a text file that is read completely and cached until it changes: parsing
// the rows of 50,000 users at each login would often cost more than the password check.
// Goroutines may share it.
type userFile[T any] struct {
	path  string
	parse func(text string) T
	now   func() time.Time

	mu    sync.Mutex
	known bool // value belongs to stamp
	stamp files.Stamp
	value T
}

// get returns the parsed file. An error contains the path.
func (f *userFile[T]) get() (T, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.known {
		if stamp, err := files.StampPath(f.path); err == nil && stamp == f.stamp {
			return f.value, nil
		}
	}
	f.known = false
	text, stamp, err := f.read()
	if err != nil {
		var none T
		return none, err
	}
	f.value, f.stamp = f.parse(text), stamp
	f.known = f.now().Sub(time.Unix(0, stamp.Change)) > settled
	return f.value, nil
}

// read returns the file's text and its stamp. It reads again if the file changes
// meanwhile, so that it never returns half of a file.
func (f *userFile[T]) read() (string, files.Stamp, error) {
	file, err := os.OpenFile(f.path, os.O_RDONLY|syscall.O_NONBLOCK, 0)
	if err != nil {
		return "", files.Stamp{}, err
	}
	defer file.Close()
	for range 3 {
		before, err := file.Stat()
		if err != nil {
			return "", files.Stamp{}, err
		}
		if !before.Mode().IsRegular() || before.Size() > maxUserFile {
			return "", files.Stamp{}, fmt.Errorf("%s: not a regular file of at most %d octets", f.path, maxUserFile)
		}
		text, err := io.ReadAll(io.NewSectionReader(file, 0, maxUserFile))
		if err != nil {
			return "", files.Stamp{}, err
		}
		after, err := file.Stat()
		if err == nil && files.StampOf(after) == files.StampOf(before) && int64(len(text)) == after.Size() {
			return string(text), files.StampOf(after), nil
		}
	}
	return "", files.Stamp{}, fmt.Errorf("%s: %w", f.path, errors.New("changes while it is read"))
}
