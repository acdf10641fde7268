package passwdfile

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"syscall"
	"time"

	"tpops/pkg/files"
)

const (
	// maxFile is the largest passwd-file that is read, in octets.
	maxFile = 64 << 20

	// settleTime is how long a file must be unchanged before it counts as complete.
	// It is far longer than the granularity of a file system's clock.
	settleTime = 200 * time.Millisecond

	// emptyTime is how long a file that had rows must be empty before it counts: a
	// program may truncate it and write the new rows later.
	emptyTime = 10 * time.Second
)

// errUnsettled means that another program is writing the file now.
var errUnsettled = errors.New("the file is still being written")

// errUnfinished means that the end of the file may be missing. A truncated row can
// be valid and name the mailbox of another user. So a file that was changed in place
// must end with a newline, however old the change is.
var errUnfinished = errors.New("the last line does not end with a newline: it may be incomplete")

// maxFirstTries is how often Open tries to read a file that another program writes. Each
// try waits settleTime.
const maxFirstTries = 25

// readFirst reads the file when this process has no rows. old is the stamp of those that
// other processes have.
func (f *File) readFirst(ctx context.Context, old files.Stamp) (rows *table, err error) {
	err = errUnsettled
	for try := 0; try < maxFirstTries && errors.Is(err, errUnsettled); try++ {
		rows, err = f.read(ctx, old)
	}
	return rows, err
}

// renamed reports whether the file was renamed to its name, so that it is complete:
// it is another file than that of old, and its contents changed before its name.
func renamed(s, old files.Stamp) bool {
	return (s.Device != old.Device || s.Inode != old.Inode) && s.Change != s.Modified
}

// unsettled returns how long to wait until the file counts as complete. It is never
// longer than settleTime, even if a clock is wrong.
func unsettled(s, old files.Stamp, now time.Time) time.Duration {
	if renamed(s, old) {
		return 0
	}
	age := now.Sub(time.Unix(0, s.Modified))
	return min(max(settleTime-age, 0), settleTime)
}

// emptied reports whether the file was truncated so recently that another program
// may be about to write it.
func emptied(s, old files.Stamp, now time.Time) bool {
	return s.Size == 0 && old.Size > 0 && !renamed(s, old) && now.Sub(time.Unix(0, s.Modified)) < emptyTime
}

// readTable reads the file once it is complete. old is the stamp of the file that
// was read last, zero if none was: then a file without a newline at its end is
// accepted, because it replaces no rows.
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
	if errors.As(err, new(*fs.PathError)) {
		return nil, err // It has the path.
	}
	if err != nil {
		return nil, fmt.Errorf("read %s: %w", path, err)
	}
	return parseTable(path, text, stamp, parse), nil
}

// readStamped returns the contents of the file, if it has this stamp before and
// after reading. Unless unfinished is set, the last line must end with a newline.
func readStamped(path string, stamp files.Stamp, unfinished bool) ([]byte, error) {
	// O_NONBLOCK: opening a FIFO would block the login.
	file, err := os.OpenFile(path, os.O_RDONLY|syscall.O_NONBLOCK|syscall.O_NOCTTY, 0)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	if err := checkFile(file, stamp); err != nil {
		return nil, err
	}
	if !unfinished && !endsLine(file, stamp.Size) {
		return nil, errUnfinished
	}
	text, err := readText(file, stamp.Size)
	if err != nil {
		return nil, err
	}
	if now, err := files.StampPath(path); err != nil || now != stamp || int64(len(text)) < stamp.Size {
		return nil, errUnsettled
	}
	return text, nil
}

// readText returns the first size octets of the file, or fewer if it ends before them.
func readText(file io.Reader, size int64) ([]byte, error) {
	text := make([]byte, size)
	n, err := io.ReadFull(file, text)
	if err == io.EOF || err == io.ErrUnexpectedEOF {
		err = nil
	}
	return text[:n], err
}

// checkFile returns an error unless the file is a regular one with this stamp that
// is not too large.
func checkFile(file *os.File, stamp files.Stamp) error {
	info, err := file.Stat()
	switch {
	case err != nil:
		return err
	case !info.Mode().IsRegular():
		return errors.New("not a regular file")
	case info.Size() > maxFile:
		return fmt.Errorf("larger than %d octets", maxFile)
	case files.StampOf(info) != stamp:
		return errUnsettled
	}
	return nil
}

// endsLine reports whether the file of that size is empty or ends with a newline.
// An unfinished file is not read completely at each login.
func endsLine(file io.ReaderAt, size int64) bool {
	if size == 0 {
		return true
	}
	last := make([]byte, 1)
	_, err := file.ReadAt(last, size-1)
	return err == nil && last[0] == '\n'
}
