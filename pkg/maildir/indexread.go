package maildir

import (
	"encoding/binary"
	"io"
	"slices"
	"strings"
)

// firstRead is how many octets of an index are read before any of them is
// known to be good. Most indexes are no longer than that.
const firstRead = 1 << 20

// index is what tpops_index contains.
type index struct {
	table   *table // all files, also of one unique name; dirs is for what it holds
	file    indexFile
	isWhole bool // nothing in it was damaged
}

// indexFile is a file with an index, to which blocks can be appended. The zero
// value is none.
type indexFile struct {
	dev, ino uint64
	size     int64
	sum      uint32 // checksum of the last block
	changes  int    // blocks and records that were appended
	dirs     states // for which the last block holds
}

// indexReader reads an index. What it reads may be anything: its owner can
// write to it. So memory is only taken for what was found to be good, or as
// much again.
type indexReader struct {
	r        io.Reader
	size     int64 // of the file
	settings uint32
	buf      []byte
	at       int // where the next block begins in buf
	names    strings.Builder
	table    table
	later    []change // of later blocks, in order, one of each message
	index    indexFile
}

// readIndex reads an index of the given size. Of one that was damaged behind
// the first block it returns what was there before.
func readIndex(r io.Reader, size int64, settings uint32) (*index, error) {
	x := &indexReader{r: r, size: size, settings: settings}
	if err := x.block(false); err != nil {
		return nil, err
	}
	var err error
	for int64(x.at) < size && err == nil {
		err = x.block(true)
	}
	x.apply()
	x.trim()
	return &index{table: &x.table, file: x.index, isWhole: err == nil}, nil
}

// need reads until buf has n octets from at on.
func (x *indexReader) need(at, n int) error {
	end := at + n
	if end <= len(x.buf) {
		return nil
	}
	if int64(end) > x.size {
		return errIndex
	}
	had := len(x.buf)
	want := int(min(x.size, int64(max(end, 2*had, firstRead))))
	x.buf = slices.Grow(x.buf, want-had)[:want]
	if _, err := io.ReadFull(x.r, x.buf[had:]); err != nil {
		x.buf = x.buf[:had]
		return err
	}
	return nil
}

// block reads a block. After an error nothing of it counts.
func (x *indexReader) block(later bool) error {
	if err := x.need(x.at, headOctets); err != nil {
		return err
	}
	head, err := parseHead(x.buf[x.at:])
	if err != nil {
		return err
	}
	if head.later != later || !x.follows(head) {
		return errIndex
	}
	rows, err := x.content(head)
	if err != nil {
		return err
	}
	if later {
		err = x.change(rows)
	} else {
		err = x.begin(rows)
	}
	if err != nil {
		return err
	}
	x.at += headOctets + int(head.length)
	x.table.dirs, x.index.sum, x.index.dirs = head.dirs, head.sum, head.dirs
	if later {
		x.index.changes += 1 + head.count
	}
	return nil
}

// content reads all of a block but the head, and checks the checksum. It adds
// the names to those of the table, and returns the rows. In sub of a row is the
// set of bits of its record.
func (x *indexReader) content(head indexHead) ([]file, error) {
	at := x.at + headOctets
	namesAt, end := at+head.count*recordOctets, at+int(head.length)
	rows, err := x.records(at, head.count, end-namesAt)
	if err != nil {
		return nil, err
	}
	if err := x.checkNames(namesAt, end); err != nil {
		return nil, err
	}
	if blockSum(x.buf[x.at:end]) != head.sum {
		return nil, errIndex
	}
	if x.names.Cap() == 0 {
		x.names.Grow(end - namesAt)
	}
	x.names.Write(x.buf[namesAt:end])
	x.table.names = x.names.String()
	for i := range rows {
		f := &rows[i]
		name := x.table.name(*f)
		if isHidden(name) {
			return nil, errIndex
		}
		f.unique = uint16(uniqueLen(name))
	}
	return rows, nil
}

// follows reports whether a block with that head can be the next one.
func (x *indexReader) follows(head indexHead) bool {
	left := x.size - int64(x.at+headOctets)
	return head.settings == x.settings && head.previous == x.index.sum && head.length >= 0 && head.length <= left &&
		head.fits() &&
		(!head.later || x.index.changes+head.count < maxChanges)
}

// records reads count records from at on, whose names have so many octets
// together. It makes room for all that most mailboxes have, but not for what a
// head may claim.
func (x *indexReader) records(at, count, names int) ([]file, error) {
	const most = 1 << 17
	order := binary.LittleEndian
	start := x.names.Len()
	end := start + names
	if end > maxNames {
		return nil, errIndex
	}
	rows := make([]file, 0, min(count, most))
	for range count {
		if err := x.need(at, recordOctets); err != nil {
			return nil, err
		}
		r := x.buf[at:][:recordOctets]
		f := file{
			octets: int64(order.Uint64(r)), start: uint32(start),
			inode: order.Uint32(r[8:]), print: order.Uint32(r[12:]),
			length: order.Uint16(r[16:]), sub: r[18],
		}
		at, start = at+recordOctets, start+int(f.length)
		if f.octets < unmeasured || f.length == 0 || start > end || f.sub >= recordGone<<1 || r[19] != 0 {
			return nil, errIndex
		}
		rows = append(rows, f)
	}
	if start != end {
		return nil, errIndex
	}
	return rows, nil
}
