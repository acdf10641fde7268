package auth

import (
	"context"
	"errors"
	"fmt"
	"hash/maphash"
	"io"
	"io/fs"
	"os"
	"strings"
	"time"

	"golang.org/x/sys/unix"
)

const (
	// maxPasswdFile is the largest passwd-file that is read, in octets.
	maxPasswdFile = 64 << 20

	// settleTime is how long a file must have been left alone to be taken for
	// complete. It is far above the granularity of a file system's clock.
	settleTime = 200 * time.Millisecond
)

// errUnsettled means that another program is writing the file right now.
var errUnsettled = errors.New("it is still being written")

// fileStamp tells one state of a file from another.
type fileStamp struct {
	device, inode    uint64
	size             int64
	modified, change int64 // nanoseconds since 1970
}

func stampOf(st *unix.Stat_t) fileStamp {
	return fileStamp{uint64(st.Dev), st.Ino, st.Size, st.Mtim.Nano(), st.Ctim.Nano()}
}

func stampPath(path string) (fileStamp, error) {
	var st unix.Stat_t
	if err := unix.Stat(path, &st); err != nil {
		return fileStamp{}, &fs.PathError{Op: "stat", Path: path, Err: err}
	}
	return stampOf(&st), nil
}

// unsettled returns how long to wait before the file can be taken for
// complete. A file that came by a rename is complete at once: it is not the
// one of old, and its last change was not to its contents. The wait is never
// longer than settleTime, however wrong a clock is.
func (s fileStamp) unsettled(old fileStamp, now time.Time) time.Duration {
	if (s.device != old.device || s.inode != old.inode) && s.change != s.modified {
		return 0
	}
	age := now.Sub(time.Unix(0, s.modified))
	return min(max(settleTime-age, 0), settleTime)
}

// readPasswdFile reads the file once it is complete. old is the stamp of what
// has been read before, zero if nothing has.
func readPasswdFile(ctx context.Context, path, maildir string, old fileStamp, seed maphash.Seed) (*passwdTable, error) {
	stamp, err := stampPath(path)
	if err != nil {
		return nil, err
	}
	if wait := stamp.unsettled(old, time.Now()); wait > 0 {
		timer := time.NewTimer(wait)
		defer timer.Stop()
		select {
		case <-timer.C:
		case <-ctx.Done():
			return nil, ctx.Err()
		}
	}
	text, err := readStamped(path, stamp)
	if err != nil {
		return nil, fmt.Errorf("read %s: %w", path, err)
	}
	table := parsePasswdFile(path, text, maildir, seed)
	table.stamp = stamp
	return table, nil
}

// readStamped returns the contents of the file if they belong to stamp from
// beginning to end.
func readStamped(path string, stamp fileStamp) (string, error) {
	// Without O_NONBLOCK a FIFO would hold the login for ever.
	file, err := os.OpenFile(path, os.O_RDONLY|unix.O_NONBLOCK|unix.O_NOCTTY, 0)
	if err != nil {
		return "", err
	}
	defer file.Close()
	var st unix.Stat_t
	if err := unix.Fstat(int(file.Fd()), &st); err != nil {
		return "", err
	}
	switch {
	case st.Mode&unix.S_IFMT != unix.S_IFREG:
		return "", errors.New("not a regular file")
	case st.Size > maxPasswdFile:
		return "", fmt.Errorf("larger than %d octets", maxPasswdFile)
	case stampOf(&st) != stamp:
		return "", errUnsettled
	}
	var text strings.Builder
	text.Grow(int(st.Size))
	if _, err := io.CopyN(&text, file, st.Size); err != nil && err != io.EOF {
		return "", err
	}
	if now, err := stampPath(path); err != nil || now != stamp || int64(text.Len()) != stamp.size {
		return "", errUnsettled
	}
	return text.String(), nil
}
