package files

import (
	"errors"
	"io"
	"os"

	"golang.org/x/sys/unix"
)

// Append writes a line, with its line end, to a file that is open with O_APPEND. If only a part of
// the line can be written, as on a full disk, Append replaces the last octet of the part by a line
// end, so that the next line of any process does not continue it. isTorn reports that this is not
// possible, as with the attribute a of chattr(1): the next line needs a line end before it. The
// error is that of the write. One goroutine at a time uses the file.
//
// The part is not cut off: another process may have written a line after it.
func Append(f *os.File, line []byte) (isTorn bool, err error) {
	n, err := f.Write(line)
	if err == nil || n == 0 {
		return false, err
	}
	return endPart(f) != nil, err
}

// endPart replaces the last octet that was written to f by a line end. This needs no room.
func endPart(f *os.File) error {
	end, err := f.Seek(0, io.SeekCurrent)
	if err != nil {
		return err // It is a device.
	}
	info, err := f.Stat()
	if err != nil {
		return err
	}
	if info.Size() < end {
		return nil // The file was emptied meanwhile.
	}
	raw, err := f.SyscallConn()
	if err != nil {
		return err
	}
	// Another goroutine may close the file. Control delays that.
	controlErr := raw.Control(func(fd uintptr) { err = endAt(fd, end) })
	return errors.Join(controlErr, err)
}

// endAt replaces the last octet before a place in a file by a line end.
func endAt(fd uintptr, end int64) error {
	flags, err := unix.FcntlInt(fd, unix.F_GETFL, 0)
	if err != nil {
		return err
	}
	// With O_APPEND, Linux writes to the end even if a place is named.
	if _, err := unix.FcntlInt(fd, unix.F_SETFL, flags&^unix.O_APPEND); err != nil {
		return err
	}
	_, err = unix.Pwrite(int(fd), []byte{'\n'}, end-1)
	_, resetErr := unix.FcntlInt(fd, unix.F_SETFL, flags)
	return errors.Join(err, resetErr)
}
