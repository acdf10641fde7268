package usage

import (
	"bytes"
	"encoding/binary"
	"hash/crc32"
	"syscall"
	"time"
)

// magic begins the file. The last digit is the version of the format.
const magic = "tpopsus1"

// The places in the header, which is the first block.
const (
	atWriter    = len(magic)
	atHeaderSum = 24
)

// refresh reads the file if another process has written it, or at times, to remove
// expired records.
func (f *file) refresh(now time.Time) (damaged int, err error) {
	if err := f.exists(); err != nil {
		return 0, err
	}
	header := make([]byte, blockSize)
	n, err := f.f.ReadAt(header, 0)
	if !isEnd(err) {
		return 0, err
	}
	writer, err := readHeader(header[:n])
	if err != nil || writer == f.writer && f.isFresh(now) {
		return 0, err
	}
	if n == blockSize && writer == 0 {
		damaged++
	}
	if err := f.scan(now); err != nil {
		return 0, err
	}
	return damaged + f.lost, f.writeHeader()
}

// isFresh reports whether the file was read not long ago.
func (f *file) isFresh(now time.Time) bool {
	return !f.scanned.IsZero() && now.Sub(f.scanned) < rescanTime
}

// exists returns an error if the file has no name any more.
func (f *file) exists() error {
	info, err := f.f.Stat()
	if err != nil {
		return err
	}
	if info.Sys().(*syscall.Stat_t).Nlink == 0 {
		return errRemoved
	}
	return nil
}

// readHeader returns which process has written last, 0 if that is not known: for an empty
// file, or a damaged header. The error is errForeign.
func readHeader(b []byte) (writer uint64, err error) {
	switch {
	case isZero(b):
		return 0, nil
	case !bytes.HasPrefix(b, []byte(magic[:min(len(b), len(magic))])):
		return 0, errForeign
	case len(b) < blockSize || binary.LittleEndian.Uint32(b[atHeaderSum:]) != crc32.Checksum(b[:atHeaderSum], castagnoli):
		return 0, nil
	}
	return binary.LittleEndian.Uint64(b[atWriter:]), nil
}

// writeHeader records this process as the last writer.
func (f *file) writeHeader() error {
	b := make([]byte, blockSize)
	copy(b, magic)
	binary.LittleEndian.PutUint64(b[atWriter:], f.writer)
	binary.LittleEndian.PutUint32(b[atHeaderSum:], crc32.Checksum(b[:atHeaderSum], castagnoli))
	_, err := f.f.WriteAt(b, 0)
	return err
}
