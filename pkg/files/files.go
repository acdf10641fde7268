// Package files reads files that an operator names, and notices when they change.
package files

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"syscall"
)

// ByteOrderMark is the character that some editors write before a text in UTF-8.
const ByteOrderMark = "\ufeff"

// Read returns the content of a regular file of at most limit bytes, without a byte order
// mark, and its properties. Other files are an error, because reading from a pipe or a
// device may wait. The error is an *fs.PathError.
func Read(name string, limit int) ([]byte, fs.FileInfo, error) {
	f, err := os.OpenFile(name, os.O_RDONLY|syscall.O_NONBLOCK, 0)
	if err != nil {
		return nil, nil, err
	}
	defer f.Close()
	refuse := func(err error) ([]byte, fs.FileInfo, error) {
		return nil, nil, &fs.PathError{Op: "read", Path: name, Err: err}
	}
	info, err := f.Stat()
	if err != nil {
		return nil, nil, err
	}
	if !info.Mode().IsRegular() {
		return refuse(errors.New("not a regular file"))
	}
	text, err := io.ReadAll(io.LimitReader(f, int64(limit)+1))
	if err != nil {
		return nil, nil, err
	}
	if len(text) > limit {
		return refuse(fmt.Errorf("longer than %d octets", limit))
	}
	return bytes.TrimPrefix(text, []byte(ByteOrderMark)), info, nil
}
