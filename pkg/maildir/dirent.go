package maildir

import (
	"bytes"
	"encoding/binary"
	"errors"
	"iter"

	"golang.org/x/sys/unix"
)

// dirent is an entry of a directory as getdents64(2) returns it. Its name is
// part of the buffer.
type dirent struct {
	ino  uint64 // 0 if it is not known
	kind byte   // DT_REG and so on
	name []byte
}

// Where getdents64(2) puts what.
const (
	direntInode  = 0  // 8 octets
	direntLength = 16 // 2 octets
	direntKind   = 18 // 1 octet
	direntName   = 19 // NUL at its end
)

var errDirent = errors.New("the kernel returned a malformed directory entry")

// dirents yields the entries in buf, or one error. It copies nothing: a
// mailbox may have hundreds of thousands.
func dirents(buf []byte) iter.Seq2[dirent, error] {
	return func(yield func(dirent, error) bool) {
		for len(buf) > 0 {
			if len(buf) < direntName {
				yield(dirent{}, errDirent)
				return
			}
			length := int(binary.NativeEndian.Uint16(buf[direntLength:]))
			if length < direntName || length > len(buf) {
				yield(dirent{}, errDirent)
				return
			}
			name := buf[direntName:length]
			if end := bytes.IndexByte(name, 0); end >= 0 {
				name = name[:end]
			}
			if !yield(dirent{binary.NativeEndian.Uint64(buf[direntInode:]), buf[direntKind], name}, nil) {
				return
			}
			buf = buf[length:]
		}
	}
}

// readDir calls add with each entry of the open directory fd, through buf.
func readDir(fd int, buf []byte, more func() error, add func(dirent) error) error {
	for {
		if err := more(); err != nil {
			return err
		}
		var n int
		err := retry(func() (err error) {
			n, err = unix.Getdents(fd, buf)
			return err
		})
		if err != nil || n == 0 {
			return err
		}
		for entry, err := range dirents(buf[:n]) {
			if err != nil {
				return err
			}
			if err := add(entry); err != nil {
				return err
			}
		}
	}
}
