package maildir

import (
	"encoding/binary"
	"hash/crc32"
)

// blockWriter makes a block.
type blockWriter struct {
	records []byte // after the head
	names   []byte
	uidls   []byte
	list    *listed // what has the UIDLs; nil without a rule
	filter  uidlFilter
	totals  *totals
	count   int
}

// newBlock returns the writer of a block with what l and sum have, which has about so
// many records and octets of names.
func newBlock(head indexHead, l *listed, sum *totals, records, names int) *blockWriter {
	w := &blockWriter{list: l, totals: sum, names: make([]byte, 0, names)}
	head.list, head.rule, w.filter = l.head()
	if head.later {
		w.filter = nil
	}
	octets := headOctets + records*recordOctets + names + len(w.filter) + totalsOctets
	if l != nil && records > 0 {
		w.uidls = make([]byte, 0, len(l.text)+records*placeOctets)
		octets += cap(w.uidls)
	}
	w.records = appendHead(make([]byte, 0, octets), head)
	return w
}

// add adds the record of a file with the given name.
func (w *blockWriter) add(c change, name string) {
	order := binary.LittleEndian
	f, set := c.file, byte(0)
	if f.sub == inCur {
		set |= recordCur
	}
	if c.gone {
		set |= recordGone
	}
	set |= byte(f.form) * recordEncoded
	w.records = order.AppendUint64(w.records, uint64(f.octets))
	w.records = order.AppendUint32(order.AppendUint32(w.records, f.inode), f.print)
	w.records = append(order.AppendUint16(w.records, uint16(len(name))), set, c.row.code)
	w.names = append(w.names, name...)
	if text := w.list.uidl(c.row); text != "" {
		w.uidls = append(order.AppendUint64(w.uidls, c.row.place), text...)
	}
	w.count++
}

// block returns the block.
func (w *blockWriter) block() []byte {
	order := binary.LittleEndian
	block := w.totals.append(append(append(append(w.records, w.names...), w.uidls...), w.filter...))
	order.PutUint32(block[16:], uint32(w.count))
	order.PutUint32(block[headRule+8:], uint32(len(w.uidls)))
	order.PutUint32(block[headRule+12:], uint32(len(w.filter)))
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
