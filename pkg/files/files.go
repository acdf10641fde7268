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

// ByteOrderMark is what some editors write in front of a text in UTF-8.
const ByteOrderMark = "\ufeff"

// Read returns what a regular file of at most limit octets holds, without the
// byte order mark in front of a text, and what is known of the file. Anything else is refused, for a pipe or a device could make
// everybody wait who waits for the reader. The error is an *fs.PathError.
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
