package passwdfile

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"syscall"
	"time"

	"tpops/pkg/files"
)

const (
	// maxFile is the largest passwd-file that is read, in octets.
	maxFile = 64 << 20

	// settleTime is how long a file must have been left alone to be taken for
	// complete. It is far above the granularity of a file system's clock.
	settleTime = 200 * time.Millisecond

	// emptyTime is how long a file that had rows must have been empty before it
	// counts: a program that truncates it first may take its time to write.
	emptyTime = 10 * time.Second
)

// errUnsettled means that another program is writing the file right now.
var errUnsettled = errors.New("it is still being written")

// errUnfinished means that the end of the file may be missing. A row that is
// cut off can read well and name the mailbox of somebody else, so that a change
// in place counts only with its last newline, however long ago it was written.
var errUnfinished = errors.New("last line has no newline at its end, so it may be cut off")

// renamed reports whether the file came by a rename and is complete at once:
// it is not the one of old, and its last change was not to its contents.
func renamed(s, old files.Stamp) bool {
	return (s.Device != old.Device || s.Inode != old.Inode) && s.Change != s.Modified
}

// unsettled returns how long to wait before the file can be taken for
// complete. That is never longer than settleTime, however wrong a clock is.
func unsettled(s, old files.Stamp, now time.Time) time.Duration {
	if renamed(s, old) {
		return 0
	}
	age := now.Sub(time.Unix(0, s.Modified))
	return min(max(settleTime-age, 0), settleTime)
}

// emptied reports whether the rows of old are gone for so short a time that
// this may be the moment between truncating the file and writing it.
func emptied(s, old files.Stamp, now time.Time) bool {
	return s.Size == 0 && old.Size > 0 && !renamed(s, old) && now.Sub(time.Unix(0, s.Modified)) < emptyTime
}

// readTable reads the file once it is complete. old is the stamp of what
// has been read before. It is zero if nothing has: then a file without its end
// is taken for what there is, because it replaces no rows.
func readTable(ctx context.Context, path string, parse parseLine, old files.Stamp) (*table, error) {
	stamp, err := files.StampPath(path)
	if err != nil {
		return nil, err
	}
	if emptied(stamp, old, time.Now()) {
		return nil, fmt.Errorf("read %s: %w", path, errUnsettled)
	}
	if wait := unsettled(stamp, old, time.Now()); wait > 0 {
		timer := time.NewTimer(wait)
		defer timer.Stop()
		select {
		case <-timer.C:
		case <-ctx.Done():
			return nil, ctx.Err()
		}
	}
	text, err := readStamped(path, stamp, old == files.Stamp{} || renamed(stamp, old))
	if err != nil {
		return nil, fmt.Errorf("read %s: %w", path, err)
	}
	table := parseTable(path, text, parse)
	table.stamp = stamp
	return table, nil
}

// readStamped returns the contents of the file if they belong to stamp from
// beginning to end, and end with a newline or need not.
func readStamped(path string, stamp files.Stamp, unfinished bool) (string, error) {
	// Without O_NONBLOCK a FIFO would hold the login for ever.
	file, err := os.OpenFile(path, os.O_RDONLY|syscall.O_NONBLOCK|syscall.O_NOCTTY, 0)
	if err != nil {
		return "", err
	}
	defer file.Close()
	info, err := file.Stat()
	if err != nil {
		return "", err
	}
	switch {
	case !info.Mode().IsRegular():
		return "", errors.New("not a regular file")
	case info.Size() > maxFile:
		return "", fmt.Errorf("larger than %d octets", maxFile)
	case files.StampOf(info) != stamp:
		return "", errUnsettled
	case !unfinished && !endsLine(file, stamp.Size):
		return "", errUnfinished
	}
	var text strings.Builder
	text.Grow(int(stamp.Size))
	if _, err := io.CopyN(&text, file, stamp.Size); err != nil && err != io.EOF {
		return "", err
	}
	if now, err := files.StampPath(path); err != nil || now != stamp || int64(text.Len()) != stamp.Size {
		return "", errUnsettled
	}
	return text.String(), nil
}

// endsLine reports whether the file of that size is empty or ends with a
// newline. It spares reading the whole at each login for as long as it does
// not.
func endsLine(file io.ReaderAt, size int64) bool {
	if size == 0 {
		return true
	}
	last := make([]byte, 1)
	_, err := file.ReadAt(last, size-1)
	return err == nil && last[0] == '\n'
}
