package secrets

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"math"
	"os"
	"syscall"
)

// errDamaged is wrapped by the errors for a file that is not a complete cdb file.
var errDamaged = errors.New("not a complete cdb file")

// headerSize is the size of the header, in octets: 256 pairs of a position and a number
// of slots. The records follow, then the slots.
const headerSize = 256 * 8

// database is an open cdb file.
//
// It does not use the library that writes, because the library trusts lengths and
// positions in the file. A damaged file makes it allocate gigabytes or panic, and its
// API has no way to check them first.
type database struct {
	file    *os.File
	header  [headerSize]byte
	records int64 // end of the records, where the slots begin
}

// open opens a cdb file. The caller closes it.
func open(name string) (*database, error) {
	// With O_NONBLOCK a FIFO with this name does not block.
	file, err := os.OpenFile(name, os.O_RDONLY|syscall.O_NONBLOCK, 0)
	if err != nil {
		return nil, err
	}
	db, err := newDatabase(file)
	if err != nil {
		file.Close()
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	return db, nil
}

// newDatabase reads the header of file and checks that all slots are within the file.
func newDatabase(file *os.File) (*database, error) {
	info, err := file.Stat()
	if err != nil {
		return nil, err
	}
	if !info.Mode().IsRegular() {
		return nil, errors.New("not a regular file")
	}
	db := &database{file: file}
	if err := db.readAt(db.header[:], 0); err != nil {
		return nil, err
	}
	db.records, _ = db.table(0)
	if db.records < headerSize || info.Size() > math.MaxUint32 {
		return nil, errDamaged
	}
	for i := range uint32(256) {
		start, slots := db.table(i)
		if start < db.records || start+8*slots > info.Size() {
			return nil, errDamaged
		}
	}
	return db, nil
}

// Close closes the file.
func (db *database) Close() error { return db.file.Close() }

// table returns the position and number of slots for hashes whose last octet is i.
func (db *database) table(i uint32) (start, slots int64) {
	return decodePair(db.header[8*i:])
}

// pair reads two numbers. All parts of the file except logins and passwords are such
// pairs.
func (db *database) pair(offset int64) (first, second int64, err error) {
	var octets [8]byte
	err = db.readAt(octets[:], offset)
	first, second = decodePair(octets[:])
	return first, second, err
}

func decodePair(octets []byte) (first, second int64) {
	return int64(binary.LittleEndian.Uint32(octets)), int64(binary.LittleEndian.Uint32(octets[4:]))
}

// readAt fills p. A file that is too short is damaged.
func (db *database) readAt(p []byte, offset int64) error {
	_, err := db.file.ReadAt(p, offset)
	if errors.Is(err, io.EOF) {
		return errDamaged
	}
	return err
}
