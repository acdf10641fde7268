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
	if !later {
		x.reserve(head)
	}
	end := x.at + headOctets + int(head.length)
	changes, err := x.records(head, end)
	if err != nil {
		return err
	}
	if blockSum(x.buf[x.at:end]) != head.sum {
		return errIndex
	}
	for _, c := range changes {
		x.note(c)
	}
	x.at, x.table.dirs, x.index.sum, x.index.dirs = end, head.dirs, head.sum, head.dirs
	if later {
		x.index.changes += 1 + head.count
	}
	return nil
}

// follows reports whether a block with that head can be the next one.
func (x *indexReader) follows(head indexHead) bool {
	left := x.size - int64(x.at+headOctets)
	return head.settings == x.settings && head.previous == x.index.sum && head.length >= 0 && head.length <= left &&
		head.fits() &&
		(!head.later || x.index.changes+head.count < maxChanges)
}

// reserve makes room for the files of the first block: for all that most
// mailboxes have, but not for what a head may claim.
func (x *indexReader) reserve(head indexHead) {
	const most = 1 << 17
	count := min(head.count, most)
	x.table.files = make([]file, 0, count)
	x.names.Grow(int(max(0, min(head.length-int64(head.count)*recordOctets, int64(count)*64))))
}

// records reads the records of a block up to end. Those of the first block go
// into the table, those of a later one are returned.
func (x *indexReader) records(head indexHead, end int) (changes []change, err error) {
	at := x.at + headOctets
	for range head.count {
		buf, err := x.next(at, end)
		if err != nil {
			return nil, err
		}
		at += len(buf)
		c, ok := x.record(buf)
		if ok && head.later {
			changes = append(changes, c)
		} else if !ok || !x.add(c) {
			return nil, errIndex
		}
	}
	if at != end || !x.inOrder(changes) {
		return nil, errIndex
	}
	return changes, nil
}

// next returns the record at a place before end.
func (x *indexReader) next(at, end int) ([]byte, error) {
	if at+recordOctets > end {
		return nil, errIndex
	}
	if err := x.need(at, recordOctets); err != nil {
		return nil, err
	}
	length := recordOctets + int(binary.LittleEndian.Uint16(x.buf[at+16:]))
	if at+length > end {
		return nil, errIndex
	}
	if err := x.need(at, length); err != nil {
		return nil, err
	}
	return x.buf[at:][:length], nil
}
