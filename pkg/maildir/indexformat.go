package maildir

import (
	"encoding/binary"
	"errors"
	"hash/crc32"
	"time"
)

// tpops_index is a sequence of blocks. The first contains all files of new and
// cur in their order; each later one, which was appended, only what has changed
// since. A block is a head, its records, and the names that belong to them, one
// after the other; all numbers are little-endian. So an index is read in few
// steps, with one allocation for all records and one for all names.
//
//	head    0  8 octets  "TPOPSidx"
//	        8  uint32    version of the format
//	       12  uint32    settings, see Options.settings
//	       16  uint32    number of records
//	       20  uint32    0 in the first block, 1 in the others
//	       24  uint64    octets of the records and names
//	       32  uint32    checksum of the block before, 0 in the first
//	       36  uint32    checksum (CRC-32C) of all else in the block
//	       40  2 states  of new and cur; zero if the block holds for none
//	state   0  uint64    device, then inode, size, seconds of mtime and of ctime
//	       40  uint32    nanoseconds of mtime, then of ctime
//	record  0  int64     size of the message on the wire, -1 if not known
//	        8  uint32    inodeMark
//	       12  uint32    contentMark
//	       16  uint16    length of the name
//	       18  uint8     a set of bits, see recordCur
//	       19  uint8     0
//	name                 of the file; of a message that is gone, its unique name
//
// No UIDL is in it: it follows from the name, as without an index.
const (
	indexMagic   = "TPOPSidx"
	indexVersion = 2

	stateOctets  = 48
	headStates   = 40
	headOctets   = headStates + len(subNames)*stateOctets
	recordOctets = 20
)

// Bits of a record.
const (
	recordCur  = 1 << iota // the file is in cur
	recordGone             // the message is not there any more
)

// Limits of what is appended before all is written again, which keeps reading
// fast. A first block of any size may follow.
const maxChanges = 1024 // blocks and records together

// errIndex means that an index is not one that this version has written. It is
// then as if there were none.
var errIndex = errors.New("malformed index")

// change is a record of a later block.
type change struct {
	file
	gone bool
}

// indexHead is the head of a block.
type indexHead struct {
	settings uint32
	count    int  // of records
	later    bool // not the first block
	length   int64
	previous uint32
	sum      uint32
	dirs     states
}

// fits reports whether the block has room for its records. A name has at least one octet.
func (h indexHead) fits() bool { return h.count >= 0 && int64(h.count) <= h.length/(recordOctets+1) }

// appendHead appends a head with the checksum sum.
func appendHead(buf []byte, h indexHead) []byte {
	order := binary.LittleEndian
	later := uint32(0)
	if h.later {
		later = 1
	}
	buf = append(buf, indexMagic...)
	for _, n := range [...]uint32{indexVersion, h.settings, uint32(h.count), later} {
		buf = order.AppendUint32(buf, n)
	}
	buf = order.AppendUint64(buf, uint64(h.length))
	buf = order.AppendUint32(order.AppendUint32(buf, h.previous), h.sum)
	for _, d := range h.dirs {
		if d.ino == 0 {
			buf = append(buf, make([]byte, stateOctets)...)
			continue
		}
		for _, n := range [...]uint64{d.dev, d.ino, uint64(d.size), uint64(d.mtime.Unix()), uint64(d.ctime.Unix())} {
			buf = order.AppendUint64(buf, n)
		}
		buf = order.AppendUint32(buf, uint32(d.mtime.Nanosecond()))
		buf = order.AppendUint32(buf, uint32(d.ctime.Nanosecond()))
	}
	return buf
}

// parseHead reads a head, which has headOctets.
func parseHead(buf []byte) (h indexHead, err error) {
	order := binary.LittleEndian
	later := order.Uint32(buf[20:])
	if string(buf[:8]) != indexMagic || order.Uint32(buf[8:]) != indexVersion || later > 1 {
		return h, errIndex
	}
	h = indexHead{
		settings: order.Uint32(buf[12:]), count: int(order.Uint32(buf[16:])), later: later == 1,
		length: int64(order.Uint64(buf[24:])), previous: order.Uint32(buf[32:]), sum: order.Uint32(buf[36:]),
	}
	for sub := range h.dirs {
		h.dirs[sub] = parseState(buf[headStates+sub*stateOctets:])
	}
	return h, nil
}

func parseState(buf []byte) dirState {
	order := binary.LittleEndian
	number := func(at int) uint64 { return order.Uint64(buf[at:]) }
	if number(8) == 0 {
		return dirState{}
	}
	return dirState{
		dev: number(0), ino: number(8), size: int64(number(16)),
		mtime: time.Unix(int64(number(24)), int64(order.Uint32(buf[40:]))),
		ctime: time.Unix(int64(number(32)), int64(order.Uint32(buf[44:]))),
	}
}

// blockWriter makes a block.
type blockWriter struct {
	records []byte // after the head
	names   []byte
	count   int
}

// newBlock returns the writer of a block that has about so many records and
// octets of names.
func newBlock(head indexHead, records, names int) *blockWriter {
	buf := make([]byte, 0, headOctets+records*recordOctets+names)
	return &blockWriter{records: appendHead(buf, head), names: make([]byte, 0, names)}
}

// add adds the record of a file with the given name.
func (w *blockWriter) add(f file, name string, gone bool) {
	order := binary.LittleEndian
	set := byte(0)
	if f.sub == inCur {
		set |= recordCur
	}
	if gone {
		set |= recordGone
	}
	w.records = order.AppendUint64(w.records, uint64(f.octets))
	w.records = order.AppendUint32(order.AppendUint32(w.records, f.inode), f.print)
	w.records = append(order.AppendUint16(w.records, uint16(len(name))), set, 0)
	w.names = append(w.names, name...)
	w.count++
}

// block returns the block.
func (w *blockWriter) block() []byte {
	block := append(w.records, w.names...)
	binary.LittleEndian.PutUint32(block[16:], uint32(w.count))
	sealBlock(block)
	return block
}

// sealBlock writes the length and the checksum into the head of a block.
func sealBlock(block []byte) {
	binary.LittleEndian.PutUint64(block[24:], uint64(len(block)-headOctets))
	binary.LittleEndian.PutUint32(block[36:], blockSum(block))
}

// sumOf returns the checksum that the head of a block contains.
func sumOf(block []byte) uint32 { return binary.LittleEndian.Uint32(block[36:]) }

// blockSum returns the checksum of a block: of all but the checksum itself.
func blockSum(block []byte) uint32 {
	castagnoli := crc32.MakeTable(crc32.Castagnoli)
	return crc32.Update(crc32.Update(0, castagnoli, block[:36]), castagnoli, block[40:])
}
