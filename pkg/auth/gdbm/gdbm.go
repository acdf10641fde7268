package gdbm

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"slices"
)

// ErrDamaged is wrapped by the errors about a file that is no whole GDBM file.
var ErrDamaged = errors.New("not a whole GDBM file")

// Bounds of what is read, in octets. A file of passwords comes near none.
const (
	maxFile   = 256 << 20
	maxRecord = 64 << 10
	maxBlock  = 1 << 20
)

// magics are the first four octets of a file as a number in its octet order:
// numbers of 32 or 64 bits, those of version 1.8 and before, which do not say
// which they have, and those with a counter for crashes.
var magics = []uint32{0x13579acd, 0x13579acf, 0x13579ace, 0x13579ad0, 0x13579ad1}

// MagicSize is how many octets IsMagic looks at.
const MagicSize = 4

// IsMagic reports whether a file that starts so was made by GDBM.
func IsMagic(start []byte) bool { return byteOrder(start) != nil }

// byteOrder returns the octet order of a file, or nil if it is none of GDBM.
func byteOrder(start []byte) binary.ByteOrder {
	if len(start) < MagicSize {
		return nil
	}
	for _, order := range []binary.ByteOrder{binary.LittleEndian, binary.BigEndian} {
		if slices.Contains(magics, order.Uint32(start)) {
			return order
		}
	}
	return nil
}

// Each calls f with every record of a file of size octets. Its errors are those
// of r, and others that wrap ErrDamaged; f has then been called with some of
// the records, which are not to be used. f may keep what it is given.
func Each(r io.ReaderAt, size int64, f func(key, value []byte)) error {
	d := &database{r: r, size: size, left: size}
	if size > maxFile {
		return d.damaged("it has more than %d octets", maxFile)
	}
	if err := d.readHeader(); err != nil {
		return err
	}
	return d.eachBucket(f)
}

// database is a file while it is read.
type database struct {
	r      io.ReaderAt
	size   int64 // of the file, in octets
	left   int64 // octets that what is still to be read may have
	order  binary.ByteOrder
	layout layout
	header header
}

// damaged returns an error that says what is wrong.
func (d *database) damaged(format string, values ...any) error {
	return fmt.Errorf("%w: %s", ErrDamaged, fmt.Sprintf(format, values...))
}

// take counts n octets as read. Nothing in a file overlaps, so all there is to
// read is no more than the file, and a made one cannot keep us at work.
func (d *database) take(n int64) error {
	if d.left -= n; d.left < 0 {
		return d.damaged("its parts overlap")
	}
	return nil
}

// read returns n octets at an offset, which must be in the file.
func (d *database) read(offset, n int64) ([]byte, error) {
	if offset < 0 || n < 0 || offset > d.size || n > d.size-offset {
		return nil, d.damaged("%d octets at %d are beyond its end", n, offset)
	}
	octets := make([]byte, n)
	_, err := d.r.ReadAt(octets, offset)
	if errors.Is(err, io.EOF) {
		return nil, d.damaged("it became shorter")
	}
	return octets, err
}
