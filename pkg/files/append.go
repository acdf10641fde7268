package files

import (
	"io"
	"os"
)

// Append writes a line, with its line end, to a file that is open with O_APPEND. If only a part of
// the line can be written, as on a full disk, Append cuts it off, so that the next line of any
// process does not continue it. isTorn reports that the part is the end of the file because it
// cannot be cut off, as with the attribute a of chattr(1): the next line needs a line end before
// it. The error is that of the write. One goroutine at a time uses the file.
func Append(f *os.File, line []byte) (isTorn bool, err error) {
	n, err := f.Write(line)
	if err == nil || n == 0 {
		return false, err
	}
	end, seekErr := f.Seek(0, io.SeekCurrent) // where the part ends
	info, statErr := f.Stat()
	switch {
	case seekErr != nil || statErr != nil:
		return false, err // It is a device.
	case info.Size() != end:
		return false, err // Another process has written behind the part. Its line must stay.
	}
	return f.Truncate(end-int64(n)) != nil, err
}
