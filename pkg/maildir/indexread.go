package maildir

import (
	"bytes"
	"io"
	"strings"

	"golang.org/x/sys/unix"
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
	sum      uint32   // checksum of the last block
	changes  int      // blocks and records that were appended
	dirs     states   // for which the last block holds
	list     dirState // as listed.state, of the last block
	totals   uint32   // as totals.mark, of the last block
}

// indexReader reads an index. What it reads may be anything: its owner can
// write to it. So memory is only taken for what was found to be good, or as
// much again.
type indexReader struct {
	r        io.Reader
	size     int64 // of the file
	dense    bool  // the file has no holes
	settings uint32
	buf      []byte
	at       int // where the next block begins in buf
	names    strings.Builder
	texts    strings.Builder // UIDLs
	rows     []listedRow     // of the first block, then of all
	filter   uidlFilter
	rule     uint64
	table    table
	later    []change // of later blocks, in order, one of each message
	index    indexFile
}

// readIndex reads an index of the given size. Of one that was damaged behind
// the first block it returns what was there before.
func readIndex(r io.Reader, size int64, settings uint32) (*index, error) {
	return (&indexReader{r: r, size: size, settings: settings}).read()
}

// readIndexFile reads the index in an open file. The owner of a file without holes has as
// many octets on the disk as a buffer for all of them takes.
func readIndexFile(fd int, stat unix.Stat_t, settings uint32) (*index, error) {
	dense := stat.Blocks*512 >= stat.Size // statx(2): blocks of 512 octets
	return (&indexReader{r: fdReader(fd), size: stat.Size, dense: dense, settings: settings}).read()
}

func (x *indexReader) read() (*index, error) {
	var giveBack func()
	x.buf, giveBack = takeIndexBuffer(x.size)
	defer giveBack()
	if err := x.block(false); err != nil {
		return nil, err
	}
	var err error
	for int64(x.at) < x.size && err == nil {
		err = x.block(true)
	}
	x.apply()
	x.trim()
	if x.rule != 0 && x.table.plain {
		x.table.listed = &listed{rule: x.rule, state: x.index.list, text: x.texts.String(), rows: x.rows, filter: x.filter}
	}
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
	if x.dense && had > 0 {
		want = int(x.size)
	}
	x.buf = withRoom(x.buf, want)[:want]
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
	rows, uidls, err := x.content(head)
	if err != nil {
		return err
	}
	if later {
		err = x.change(rows, uidls)
	} else {
		err = x.begin(rows)
		x.rows, x.rule = uidls, head.rule
	}
	if err != nil {
		return err
	}
	x.at += headOctets + int(head.length)
	x.end(head)
	return nil
}

// content reads all of a block but the head, and checks the checksum. It adds
// the names to those of the table, and returns the rows and their UIDLs. In sub of
// a row is recordGone too.
func (x *indexReader) content(head indexHead) ([]file, []listedRow, error) {
	at, end := x.at+headOctets, x.at+headOctets+int(head.length)
	if x.dense {
		if err := x.need(at, int(head.length)); err != nil {
			return nil, nil, err
		}
	}
	namesAt, filterAt := at+head.count*recordOctets, end-totalsOctets-int(head.filter)
	uidlsAt := filterAt - int(head.uidls)
	rows, err := x.records(at, head.count, uidlsAt-namesAt)
	if err != nil {
		return nil, nil, err
	}
	if err := x.checkNames(namesAt, uidlsAt); err != nil {
		return nil, nil, err
	}
	uidls, err := x.uidls(head, uidlsAt)
	if err != nil {
		return nil, nil, err
	}
	if err := x.need(filterAt, end-filterAt); err != nil {
		return nil, nil, err
	}
	if blockSum(x.buf[x.at:end]) != head.sum {
		return nil, nil, errIndex
	}
	if !head.later {
		x.filter = bytes.Clone(x.buf[filterAt : end-totalsOctets])
	}
	return rows, uidls, x.addNames(rows, x.buf[namesAt:uidlsAt])
}

// addNames adds names to those of the table, which the rows are of.
func (x *indexReader) addNames(rows []file, names []byte) error {
	if x.names.Cap() == 0 {
		x.names.Grow(len(names))
	}
	x.names.Write(names)
	x.table.names = x.names.String()
	for i := range rows {
		f := &rows[i]
		name := x.table.name(*f)
		if isHidden(name) {
			return errIndex
		}
		f.unique = uint16(uniqueLen(name))
	}
	return nil
}

// follows reports whether a block with that head can be the next one.
func (x *indexReader) follows(head indexHead) bool {
	left := x.size - int64(x.at+headOctets)
	return head.settings == x.settings && head.previous == x.index.sum && head.length >= 0 && head.length <= left &&
		head.fits() && (!head.later || head.rule == x.rule) &&
		(!head.later || x.index.changes+head.count < maxChanges)
}
