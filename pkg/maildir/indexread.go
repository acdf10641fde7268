package maildir

import (
	"bytes"
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
	end := int64(x.at+headOctets) + head.length
	if head.settings != x.settings || head.later != later || head.previous != x.index.sum ||
		head.length < 0 || end < 0 || end > x.size || later && x.index.changes+head.count >= maxChanges {
		return errIndex
	}
	changes, err := x.records(head, int(end))
	if err != nil {
		return err
	}
	if blockSum(x.buf[x.at:end]) != head.sum {
		return errIndex
	}
	for _, c := range changes {
		x.note(c)
	}
	x.at, x.table.dirs, x.index.sum = int(end), head.dirs, head.sum
	if later {
		x.index.changes += 1 + head.count
	}
	return nil
}

// records reads the records of a block up to end. Those of the first block go
// into the table, those of a later one are returned.
func (x *indexReader) records(head indexHead, end int) (changes []change, err error) {
	at := x.at + headOctets
	for range head.count {
		if at+recordOctets > end {
			return nil, errIndex
		}
		if err := x.need(at, recordOctets); err != nil {
			return nil, err
		}
		length := int(binary.LittleEndian.Uint16(x.buf[at+16:]))
		if at+recordOctets+length > end {
			return nil, errIndex
		}
		if err := x.need(at, recordOctets+length); err != nil {
			return nil, err
		}
		c, ok := x.record(x.buf[at:][:recordOctets+length])
		if !ok {
			return nil, errIndex
		}
		if head.later {
			changes = append(changes, c)
		} else if !x.add(c) {
			return nil, errIndex
		}
		at += recordOctets + length
	}
	if at != end || !x.inOrder(changes) {
		return nil, errIndex
	}
	return changes, nil
}

// record reads a record and puts its name into the table. It reports whether a
// message can be what the record says.
func (x *indexReader) record(buf []byte) (c change, ok bool) {
	order := binary.LittleEndian
	name := buf[recordOctets:]
	set := buf[18]
	if isHidden(name) || bytes.IndexByte(name, '/') >= 0 || bytes.IndexByte(name, 0) >= 0 ||
		set >= recordGone<<1 || buf[19] != 0 || x.names.Len()+len(name) > maxNames {
		return c, false
	}
	c = change{newFile(name, x.names.Len(), set&recordCur), set&recordGone != 0}
	c.octets, c.inode, c.print = int64(order.Uint64(buf)), order.Uint32(buf[8:]), order.Uint32(buf[12:])
	x.names.Write(name)
	x.table.names = x.names.String()
	return c, c.octets >= unmeasured
}

// add adds a file of the first block, and reports whether it is in order.
func (x *indexReader) add(c change) bool {
	t := &x.table
	if n := len(t.files); c.gone || n > 0 && t.compare(t.files[n-1], c.file) >= 0 {
		return false
	}
	t.files = append(t.files, c.file)
	return true
}

// inOrder reports whether the changes of a block are in order, one of each
// message.
func (x *indexReader) inOrder(changes []change) bool {
	for i := 1; i < len(changes); i++ {
		if x.compare(changes[i-1], changes[i]) >= 0 {
			return false
		}
	}
	return true
}

func (x *indexReader) compare(a, b change) int {
	return compareUnique(x.table.unique(a.file), x.table.unique(b.file))
}

// note puts a change in the place of an earlier one of the same message.
func (x *indexReader) note(c change) {
	at, found := slices.BinarySearchFunc(x.later, c, x.compare)
	if found {
		x.later[at] = c
	} else {
		x.later = slices.Insert(x.later, at, c)
	}
}

// apply puts the changes of later blocks into the table.
func (x *indexReader) apply() {
	if len(x.later) == 0 {
		return
	}
	t := &x.table
	files := make([]file, 0, len(t.files)+len(x.later))
	from := 0
	for _, c := range x.later {
		first, end := t.find(t.unique(c.file))
		files = append(files, t.files[from:first]...)
		if !c.gone {
			files = append(files, c.file)
		}
		from = end
	}
	t.files = append(files, t.files[from:]...)
}
