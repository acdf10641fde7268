package maildir

import (
	"encoding/binary"
	"errors"
	"fmt"
)

// tpops_index is a sequence of blocks. The first contains all files of new and
// cur in their order; each later one, which was appended, only what has changed
// since. A block is a head, its records, and the names that belong to them, one
// after the other; all numbers are little-endian. So an index is read in few
// steps, with one allocation for all records and one for all names. If UIDLs or
// order depend on a file besides new and cur, what it has for the messages follows.
// At the end of each block is what all messages come to.
//
//	head    0  8 octets  "TPOPSidx"
//	        8  uint32    version of the format
//	       12  uint32    settings, see Options.settings
//	       16  uint32    number of records
//	       20  uint32    0 in the first block, 1 in the others
//	       24  uint64    octets of all that follows the head
//	       32  uint32    checksum of the block before, 0 in the first
//	       36  uint32    checksum (CRC-32C) of all else in the block
//	       40  2 states  of new and cur; zero if the block holds for none
//	      136  state     of the file for which the UIDLs hold; zero if for none
//	      184  uint64    the rule of the UIDLs, see reader.ruleMark; 0 if there are none
//	      192  uint32    octets of the UIDLs
//	      196  uint32    octets of the filter, 0 in all blocks but the first
//	state   0  uint64    device, then inode, size, seconds of mtime and of ctime
//	       40  uint32    nanoseconds of mtime, then of ctime
//	record  0  int64     size of the message on the wire, -1 if not known
//	        8  uint32    inodeMark
//	       12  uint32    contentMark
//	       16  uint16    length of the name
//	       18  uint8     a set of bits, see recordCur
//	       19  uint8     length of the UIDL, or a code, see rowUnlisted; 0 without a rule
//	name                 of the file; of a message that is gone, its unique name
//	UIDL    0  uint64    place in the order of the file; then the text
//	filter               see uidlFilter
//	totals               see totalsMagic
//
// No other UIDL is in it: it follows from the name, as without an index.
const (
	indexMagic   = "TPOPSidx"
	indexVersion = 4

	stateOctets  = 48
	headStates   = 40
	headList     = headStates + len(subNames)*stateOctets
	headRule     = headList + stateOctets
	headOctets   = headRule + 16
	recordOctets = 20
	placeOctets  = 8
)

// Bits of a record.
const (
	recordCur        = 1 << iota // the file is in cur
	recordGone                   // the message is not there any more
	recordEncoded                // the file was decoded
	recordUnreadable             // its text cannot be had
)

// Limits of what is appended before all is written again, which keeps reading
// fast. A first block of any size may follow.
const maxChanges = 1024 // blocks and records together

// errIndex means that an index is not one that this version has written. It is
// then as if there were none.
var errIndex = errors.New("malformed index")

// errOldIndex means that an older version of the program has written it.
var errOldIndex = errors.New("it is of an older version")

// change is a record of a later block.
type change struct {
	file
	gone bool
	row  listedRow
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
	list     dirState // of the file of the rule
	rule     uint64
	uidls    int64 // octets
	filter   int64 // octets
}

// fits reports whether the block has room for its records. A name has at least one octet.
func (h indexHead) fits() bool {
	if h.rule == 0 && h.uidls+h.filter > 0 || h.later && h.filter > 0 || h.filter > maxFilter {
		return false
	}
	left := h.length - h.uidls - h.filter - int64(totalsOctets)
	return left >= 0 && h.count >= 0 && int64(h.count) <= left/(recordOctets+1)
}

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
		buf = appendState(buf, d)
	}
	buf = order.AppendUint64(appendState(buf, h.list), h.rule)
	return order.AppendUint32(order.AppendUint32(buf, uint32(h.uidls)), uint32(h.filter))
}

func appendState(buf []byte, d dirState) []byte {
	order := binary.LittleEndian
	if d.ino == 0 {
		return append(buf, make([]byte, stateOctets)...)
	}
	for _, n := range [...]uint64{d.dev, d.ino, uint64(d.size), uint64(d.mtime.seconds()), uint64(d.ctime.seconds())} {
		buf = order.AppendUint64(buf, n)
	}
	return order.AppendUint32(order.AppendUint32(buf, d.mtime.nanoseconds), d.ctime.nanoseconds)
}

// parseHead reads a head, which has headOctets.
func parseHead(buf []byte) (h indexHead, err error) {
	order := binary.LittleEndian
	later := order.Uint32(buf[20:])
	version := order.Uint32(buf[8:])
	switch {
	case string(buf[:8]) == indexMagic && version > 0 && version < indexVersion && later == 0:
		return h, fmt.Errorf("%w: %w", errIndex, errOldIndex)
	case string(buf[:8]) != indexMagic || version != indexVersion || later > 1:
		return h, errIndex
	}
	h = indexHead{
		settings: order.Uint32(buf[12:]), count: int(order.Uint32(buf[16:])), later: later == 1,
		length: int64(order.Uint64(buf[24:])), previous: order.Uint32(buf[32:]), sum: order.Uint32(buf[36:]),
	}
	for sub := range h.dirs {
		h.dirs[sub] = parseState(buf[headStates+sub*stateOctets:])
	}
	h.list, h.rule = parseState(buf[headList:]), order.Uint64(buf[headRule:])
	h.uidls, h.filter = int64(order.Uint32(buf[headRule+8:])), int64(order.Uint32(buf[headRule+12:]))
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
		mtime: newFileTime(int64(number(24)), int64(order.Uint32(buf[40:]))),
		ctime: newFileTime(int64(number(32)), int64(order.Uint32(buf[44:]))),
	}
}
